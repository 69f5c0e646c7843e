package io.proxyd.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hc.core5.http.HttpException;
import org.junit.jupiter.api.Test;

/**
 * Whatever a backend sends, in whatever pieces: a response that is passed on as complete is the same single one to every reader as
 * the one that stands in the backend's stream, and no connection with more on it is used again. {@link Runs} says how to run it
 * for longer.
 */
class ForwardedResponsesTest {
    private static final int RUNS = 8_000;
    private static final List<String> METHODS = List.of("GET", "GET", "GET", "HEAD");

    @Test
    void legalResponsesArePassedOnWhole() {
        Runs.each(RUNS / 4, seed -> {
            Streams streams = new Streams(seed);
            String method = METHODS.get(streams.below(METHODS.size()));
            String stream = streams.response(method, true);
            assertThat(passed(streams, method, stream).complete())
                    .as(() -> Runs.shown(stream))
                    .isTrue();
        });
    }

    @Test
    void whatIsPassedOnOfHostileStreamsIsWhatStandsInThem() {
        int[] complete = new int[1];
        Runs.each(RUNS, seed -> {
            Streams streams = new Streams(seed);
            String method = METHODS.get(streams.below(METHODS.size()));
            String more = streams.below(4) == 0 ? streams.response(method, true) : "";
            ResponseRun.Outcome outcome =
                    passed(streams, method, streams.edited(streams.response(method, true) + more));
            complete[0] += outcome.complete() ? 1 : 0;
        });
        assertThat(complete[0]).as("the edits leave something to pass on").isPositive();
    }

    /** Checked against both readers, and against itself in other pieces. */
    private static ResponseRun.Outcome passed(Streams streams, String method, String stream) {
        Supplier<String> shown = () -> method + " is answered with " + Runs.shown(stream);
        int minor = streams.below(4) == 0 ? 0 : 1;
        String request = method + " / HTTP/1." + minor + "\r\nHost: a\r\n\r\n";
        ResponseRun.Outcome outcome = ResponseRun.of(request, stream);
        ResponseRun.Outcome inPieces = ResponseRun.of(request, stream, streams.cuts(stream.length()));
        assertThat(inPieces.complete()).as(shown).isEqualTo(outcome.complete());
        assertThat(inPieces.kept()).as(shown).isEqualTo(outcome.kept());
        if (outcome.complete()) {
            assertSame(method, minor, stream, outcome, shown);
            assertSame(method, minor, stream, inPieces, shown);
        }
        return outcome;
    }

    private static void assertSame(
            String method, int minor, String stream, ResponseRun.Outcome outcome, Supplier<String> shown) {
        PlainReader received = new PlainReader(stream);
        PlainReader sent = new PlainReader(outcome.sent());
        HttpCoreReader sentByHttpCore = new HttpCoreReader(outcome.sent());
        PlainMessage in;
        PlainMessage out;
        do {
            in = received.response(method);
            while (minor == 0 && in != null && in.start().startsWith("1")) {
                in = received.response(method); // HTTP/1.0 knows no interim responses
            }
            out = sent.response(method);
            assertThat(in)
                    .as("what is passed on stands in the stream: %s", shown.get())
                    .isNotNull();
            assertThat(out)
                    .as("what is passed on can be read: %s", Runs.shown(outcome.sent()))
                    .isNotNull();
            if (in == null || out == null) {
                return;
            }
            assertThat(out.start()).as(shown).isEqualTo(in.start());
            assertThat(out.endToEnd()).as(shown).isEqualTo(in.endToEnd());
            assertThat(out.body()).as(shown).isEqualTo(in.body());
            assertThat(out.trailers()).as(shown).isEqualTo(minor == 0 ? List.of() : in.trailers());
            assertThat(read(sentByHttpCore, method).stripped()).as(shown).isEqualTo(out.stripped());
        } while (out.start().startsWith("1"));
        assertThat(sent.rest()).as(shown).isEmpty();
        if (outcome.kept()) {
            assertThat(received.rest()).as(shown).isEmpty();
        }
        boolean framed = method.equals("HEAD")
                || out.start().startsWith("204")
                || out.start().startsWith("304")
                || !out.all("Content-Length").isEmpty()
                || !out.all("Transfer-Encoding").isEmpty();
        assertThat(outcome.closes()).as(shown).isEqualTo(!framed);
    }

    private static PlainMessage read(HttpCoreReader reader, String method) {
        try {
            return reader.response(method);
        } catch (IOException | HttpException e) {
            throw new AssertionError("HttpCore cannot read it", e);
        }
    }
}
