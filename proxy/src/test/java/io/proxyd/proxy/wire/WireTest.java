package io.proxyd.proxy.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RuntimeConfig;
import io.proxyd.proxy.Rig;
import io.proxyd.proxy.Transport;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A test of bytes in and bytes out, run over each transport; one that does not work here is named and skipped. */
@ParameterizedClass
@EnumSource(
        value = RuntimeConfig.Transport.class,
        mode = EnumSource.Mode.EXCLUDE,
        names = {"AUTO"})
abstract class WireTest {
    @Parameter
    RuntimeConfig.Transport transport = RuntimeConfig.Transport.AUTO;

    static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final LoggedErrors logged = new LoggedErrors();

    @BeforeParameterizedClassInvocation
    static void requireTransport(RuntimeConfig.Transport transport) {
        Throwable cause = whyNot(transport);
        if (cause != null) {
            System.out.println("SKIPPED: " + transport + " does not work here: " + cause.getMessage());
            Assumptions.abort(transport + " does not work here: " + cause.getMessage());
        }
    }

    private static @Nullable Throwable whyNot(RuntimeConfig.Transport transport) {
        try {
            Transport.choose(transport);
            return null;
        } catch (IllegalStateException e) {
            return e;
        }
    }

    @AfterEach
    void closeAll() throws Exception {
        while (!open.isEmpty()) {
            open.pop().close();
        }
        logged.close();
        assertThat(logged.complaints()).isEmpty();
    }

    /** Closes it after the test, what was opened last first. */
    final <T extends AutoCloseable> T closing(T resource) {
        open.push(resource);
        return resource;
    }

    final RawBackend backend(RawBackend.Script script) throws IOException {
        return closing(RawBackend.playing(script));
    }

    final RawBackend answering(String response) throws IOException {
        return backend(RawBackend.answering(response));
    }

    final RunningProxy proxy(Rig rig) throws InterruptedException {
        return closing(RunningProxy.start(rig.transport(transport)));
    }

    /** A proxy with one service of these backends. */
    final RunningProxy proxyTo(RawBackend... backends) throws InterruptedException {
        return proxy(rigTo(backends));
    }

    static Rig rigTo(RawBackend... backends) {
        int[] ports = new int[backends.length];
        for (int i = 0; i < ports.length; i++) {
            ports[i] = backends[i].port();
        }
        return Rig.to(ports);
    }

    final RawClient client(RunningProxy proxy) throws IOException {
        return closing(proxy.client());
    }
}
