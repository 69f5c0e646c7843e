package io.proxyd.proxy.story;

import io.proxyd.proxy.telemetry.ConfigReloads;
import io.proxyd.proxy.telemetry.Metrics;
import io.proxyd.proxy.telemetry.Sources;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** The metrics of a proxy as Prometheus reads them. */
final class Scrape implements AutoCloseable {
    private final Metrics metrics;

    Scrape(Sources sources) {
        metrics = new Metrics(sources, new ConfigReloads(), () -> 0, "story");
    }

    /**
     * The value of one series now.
     *
     * @param series such as {@code proxyd_registry_held_backends{service="web"}}
     * @throws AssertionError when there is none
     */
    double value(String series) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        metrics.scrape(null, text);
        return text.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.startsWith(series + " "))
                .map(line -> Double.parseDouble(line.substring(series.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no series " + series + " in " + text));
    }

    /** The same of the service {@code web}. */
    double ofWeb(String family) {
        return value(family + "{service=\"web\"}");
    }

    @Override
    public void close() {
        metrics.close();
    }
}
