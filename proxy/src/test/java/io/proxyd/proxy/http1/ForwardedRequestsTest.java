package io.proxyd.proxy.http1;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hc.core5.http.HttpException;
import org.junit.jupiter.api.Test;

/**
 * Whatever a client sends, in whatever pieces: each request that is forwarded is the same single message to every reader as the one
 * that stands in the client's stream, and what is legal is forwarded. {@link Runs} says how to run it for longer.
 */
class ForwardedRequestsTest {
    private static final int RUNS = 8_000;

    @Test
    void legalRequestsAreForwardedWholeAndInOrder() {
        Runs.each(RUNS / 4, seed -> {
            Streams streams = new Streams(seed);
            int count = 1 + streams.below(4);
            String stream = requests(streams, count);
            assertThat(forwardedOf(streams, stream))
                    .as(() -> Runs.shown(stream))
                    .hasSize(count);
        });
    }

    @Test
    void whatIsForwardedOfHostileStreamsIsWhatStandsInThem() {
        int[] messages = new int[1];
        Runs.each(RUNS, seed -> {
            Streams streams = new Streams(seed);
            messages[0] += forwardedOf(streams, streams.edited(requests(streams, 1 + streams.below(3))))
                    .size();
        });
        assertThat(messages[0]).as("the edits leave something to forward").isPositive();
    }

    private static String requests(Streams streams, int count) {
        StringBuilder stream = new StringBuilder();
        for (int i = 0; i < count; i++) {
            stream.append(streams.request());
        }
        return stream.toString();
    }

    /** Checked against both readers, and against itself in other pieces. */
    private static List<String> forwardedOf(Streams streams, String stream) {
        Supplier<String> shown = () -> Runs.shown(stream);
        boolean answersLate = streams.below(2) == 0;
        List<String> forwarded = RequestRun.forwarded(stream, answersLate);
        assertThat(RequestRun.forwarded(stream, !answersLate, streams.cuts(stream.length())))
                .as(shown)
                .isEqualTo(forwarded);
        PlainReader received = new PlainReader(stream);
        PlainReader sent = new PlainReader(String.join("", forwarded));
        HttpCoreReader sentByHttpCore = new HttpCoreReader(String.join("", forwarded));
        for (String one : forwarded) {
            PlainMessage in = received.request();
            PlainMessage out = sent.request();
            assertThat(in)
                    .as("what is forwarded stands in the stream: %s", shown.get())
                    .isNotNull();
            assertThat(out)
                    .as("what is forwarded can be read: %s", Runs.shown(one))
                    .isNotNull();
            if (in != null && out != null) {
                assertSame(in, out, shown);
                assertThat(read(sentByHttpCore).stripped()).as(shown).isEqualTo(out.stripped());
            }
        }
        assertThat(sent.rest()).as(shown).isEmpty();
        return forwarded;
    }

    private static void assertSame(PlainMessage in, PlainMessage out, Supplier<String> shown) {
        assertThat(out.start()).as(shown).isEqualTo(in.method() + " " + PlainTarget.forwarded(in) + " 1");
        String authority = PlainTarget.authority(in);
        assertThat(out.all("Host")).as(shown).containsExactly(authority.isEmpty() ? RequestRun.BACKEND : authority);
        assertThat(out.endToEnd()).as(shown).isEqualTo(in.endToEnd());
        assertThat(out.body()).as(shown).isEqualTo(in.body());
        assertThat(out.trailers()).as(shown).isEqualTo(in.trailers());
        assertThat(out.all("X-Forwarded-For")).as(shown).containsExactly("127.0.0.1");
        assertThat(out.fields()).as(shown).noneMatch(f -> f.name()
                .matches("(?i)content_length|transfer_encoding|x_forwarded[_-]for|x-forwarded_for"));
    }

    private static PlainMessage read(HttpCoreReader reader) {
        try {
            return reader.request();
        } catch (IOException | HttpException e) {
            throw new AssertionError("HttpCore cannot read it", e);
        }
    }
}
