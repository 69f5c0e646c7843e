package io.proxyd.proxy.http1;

import io.netty.buffer.ByteBuf;
import io.proxyd.bench.micro.Heads;
import io.proxyd.proxy.http.DateField;
import io.proxyd.proxy.http.HeadBuffer;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http.ResponseHead;
import io.proxyd.proxy.http.ViaField;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Composing heads, and reading a response head. In the package of the writers, which
 * nothing outside of it should use.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadWriteBenchmark {
    private static final String RESPONSE =
            """
            HTTP/1.1 200 OK
            Server: nginx/1.22.1
            Date: Thu, 01 Jan 2026 00:00:00 GMT
            Content-Type: text/plain
            Content-Length: 64
            Connection: keep-alive

            """
                    .replace("\n", "\r\n");

    private final byte[] backend = "127.0.0.1:49153".getBytes(StandardCharsets.US_ASCII);
    private final HeadBuffer out = new HeadBuffer();
    private final DateField date = new DateField(InstantSource.system());
    private final RequestHead small = Heads.parsed(Heads.SMALL);
    private final RequestHead browser = Heads.parsed(Heads.BROWSER);
    private final ByteBuf received = Heads.received(RESPONSE);
    private final ResponseHeadParser parser = new ResponseHeadParser();
    private final ResponseHead response = new ResponseHead();

    @Benchmark
    public int requestSmall() {
        return written(small);
    }

    @Benchmark
    public int requestBrowser() {
        return written(browser);
    }

    @Benchmark
    public int responseParsedAndWritten() {
        received.readerIndex(0);
        response.clear();
        parser.reset();
        parser.parse(response, received, Method.GET);
        ResponseHeadWriter.write(
                response, new byte[0], false, ResponseHeadWriter.Connection.DEFAULT, ViaField.NONE, date, out.clear());
        return out.length();
    }

    private int written(RequestHead head) {
        RequestHeadWriter.write(head, backend, out.clear());
        return out.length();
    }
}
