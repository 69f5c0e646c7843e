package io.proxyd.proxy.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/metrics.md names exactly the metrics, types and labels of a live scrape. */
class MetricsDocumentationTest {
    private static final Pattern ROW = Pattern.compile("\\| `(proxyd_\\w+)` \\| (\\w+) \\| ([^|]*)\\|");
    private static final Pattern TYPE = Pattern.compile("# TYPE (proxyd_\\w+) (\\w+)");
    private static final Pattern SERIES = Pattern.compile("(proxyd_\\w+?)(_bucket|_sum|_count)?(?:\\{(.*)})? [^ ]+");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"[^\"]*\"");

    /** What is told of a metric. */
    private record Kind(String type, Set<String> labels) {}

    @Test
    void documentationAndScrapeNameTheSameMetricsTypesAndLabels() throws IOException {
        assertThat(documented()).isNotEmpty().isEqualTo(scraped());
    }

    private static Map<String, Kind> documented() throws IOException {
        Map<String, Kind> kinds = new TreeMap<>();
        for (String line : Files.readAllLines(SampleProxy.docs("metrics.md"))) {
            Matcher row = ROW.matcher(line);
            if (row.lookingAt()) {
                Set<String> labels = new TreeSet<>();
                for (String label : row.group(3).split("[`, ]+", -1)) {
                    if (!label.isEmpty()) {
                        labels.add(label);
                    }
                }
                kinds.put(row.group(1), new Kind(row.group(2), labels));
            }
        }
        return kinds;
    }

    private static Map<String, Kind> scraped() {
        SampleProxy proxy = new SampleProxy()
                .configure("guestbook")
                .register("guestbook", "g1", "10.0.0.1", 80)
                .build();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        try (Metrics metrics = new Metrics(proxy.sources(), new ConfigReloads(), () -> 0, "0.1.0")) {
            metrics.scrape(null, body);
        }
        Map<String, Kind> kinds = new TreeMap<>();
        for (String line : body.toString(StandardCharsets.UTF_8).lines().toList()) {
            Matcher type = TYPE.matcher(line);
            Matcher series = SERIES.matcher(line);
            if (type.matches()) {
                kinds.put(type.group(1), new Kind(type.group(2), new TreeSet<>()));
            } else if (series.matches()) {
                addLabels(series, kinds);
            }
        }
        return kinds;
    }

    private static void addLabels(Matcher series, Map<String, Kind> kinds) {
        Kind kind = kinds.get(series.group(1));
        assertThat(kind).as("the type of %s", series.group(1)).isNotNull();
        if (kind == null || series.group(3) == null) {
            return;
        }
        Matcher label = LABEL.matcher(series.group(3));
        while (label.find()) {
            if (!label.group(1).equals("le")) {
                kind.labels().add(label.group(1));
            }
        }
    }
}
