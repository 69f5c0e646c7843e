package io.proxyd.bench.micro;

import io.netty.buffer.ByteBuf;
import io.proxyd.proxy.http.RequestHead;
import io.proxyd.proxy.http1.RequestHeadParser;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From received bytes to a checked request head. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class HeadParseBenchmark {
    private final RequestHeadParser parser = new RequestHeadParser(Heads.LIMITS);
    private final RequestHead head = new RequestHead();
    private final ByteBuf small = Heads.received(Heads.SMALL);
    private final ByteBuf browser = Heads.received(Heads.BROWSER);

    @Benchmark
    public boolean small() {
        return parse(small);
    }

    @Benchmark
    public boolean browser() {
        return parse(browser);
    }

    private boolean parse(ByteBuf received) {
        received.readerIndex(0);
        head.clear();
        parser.reset();
        return parser.parse(head, received);
    }
}
