package io.proxyd.proxy.telemetry;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmInfoMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything that Prometheus can scrape. The data path's counters are read when a scrape asks for them; nothing here is
 * called per request. Any thread may scrape.
 */
public final class Metrics implements AutoCloseable {
    private static final String PROMETHEUS_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private final PrometheusRegistry prometheus = new PrometheusRegistry();
    private final PrometheusMeterRegistry meters =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, prometheus, Clock.SYSTEM);
    private final JvmGcMetrics gc = new JvmGcMetrics();

    /**
     * @param accessLogDropped how many access log lines were dropped so far
     * @param version of proxyd
     */
    public Metrics(Sources sources, ConfigReloads reloads, LongSupplier accessLogDropped, String version) {
        prometheus.register(new ProxyMetrics(sources, reloads, accessLogDropped, version));
        prometheus.register(new ListenerMetrics(sources));
        prometheus.register(new RegistryMetrics(sources));
        prometheus.register(new PropagationMetrics(sources.propagation()));
        prometheus.register(new ServiceMetrics(sources));
        prometheus.register(new BackendMetrics(sources));
        new JvmInfoMetrics().bindTo(meters);
        new JvmMemoryMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        gc.bindTo(meters);
        new ProcessorMetrics().bindTo(meters);
        new UptimeMetrics().bindTo(meters);
        new FileDescriptorMetrics().bindTo(meters);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider) {
            new NettyAllocatorMetrics(provider).bindTo(meters);
        }
    }

    /** For meters of other parts of proxyd; their names begin with {@code proxyd.}. */
    public MeterRegistry meters() {
        return meters;
    }

    /**
     * Reads everything.
     *
     * @param accept the Accept field of the request; where it names OpenMetrics the answer is that, else Prometheus text
     * @param body where the answer goes, in memory; it is not closed
     * @return the content type of the answer
     */
    public String scrape(@Nullable String accept, OutputStream body) {
        String contentType =
                accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : PROMETHEUS_TEXT;
        try {
            meters.scrape(body, contentType);
        } catch (IOException e) {
            throw new UncheckedIOException("writing metrics to memory", e);
        }
        return contentType;
    }

    @Override
    public void close() {
        gc.close();
        meters.close();
    }
}
