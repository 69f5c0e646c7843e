package io.proxyd.bench.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** One connection with one request on its way at most. Reads just enough of an answer to know its status and its end. */
final class LoadConnection extends ChannelInboundHandlerAdapter {
    private static final String STATUS_OK = "HTTP/1.1 200";
    private static final String LENGTH = "content-length:";

    private final OpenSchedule schedule;
    private final ByteBuf request;
    private final StringBuilder head = new StringBuilder();
    private @Nullable ChannelHandlerContext ctx;
    private long dueNanos;
    private boolean busy;
    private boolean ok;
    private long bodyLeft = -1;

    LoadConnection(OpenSchedule schedule, String path) {
        this.schedule = schedule;
        String text = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
        this.request = Unpooled.unreleasableBuffer(Unpooled.directBuffer(text.length())
                .writeBytes(text.getBytes(StandardCharsets.US_ASCII))
                .asReadOnly());
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        ctx = context;
        schedule.free(this);
    }

    /** @param due when the request should be sent, in nanoseconds from the start of the schedule */
    void send(long due) {
        ChannelHandlerContext context = ctx;
        if (context == null) {
            throw new IllegalStateException("not connected");
        }
        dueNanos = due;
        busy = true;
        context.writeAndFlush(request.duplicate(), context.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            while (in.isReadable()) {
                read(in);
            }
        } finally {
            in.release();
        }
    }

    private void read(ByteBuf in) {
        if (bodyLeft < 0) {
            head.append((char) in.readByte());
            int length = head.length();
            if (length < 4 || head.charAt(length - 1) != '\n' || head.charAt(length - 3) != '\n') {
                return;
            }
            ok = head.indexOf(STATUS_OK) == 0;
            bodyLeft = contentLength();
            head.setLength(0);
        }
        long taken = Math.min(bodyLeft, in.readableBytes());
        in.skipBytes((int) taken);
        bodyLeft -= taken;
        if (bodyLeft == 0) {
            bodyLeft = -1;
            busy = false;
            schedule.answered(dueNanos, ok);
            schedule.free(this);
        }
    }

    private long contentLength() {
        for (String line : head.toString().split("\r\n", 0)) {
            if (line.regionMatches(true, 0, LENGTH, 0, LENGTH.length())) {
                return Long.parseLong(line.substring(LENGTH.length()).strip());
            }
        }
        throw new IllegalStateException("no Content-Length in " + head);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (busy) {
            schedule.answered(dueNanos, false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        System.err.println("connection lost: " + cause);
        context.close();
    }
}
