package io.proxyd.discovery.etcd;

import com.google.protobuf.InvalidProtocolBufferException;
import io.etcd.jetcd.api.WatchResponse;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Reads the HTTP/2 frames (RFC 9113, section 4.1) that etcd sends, just enough to find the answer that tells a watch
 * created, and to break the connection or end the stream right behind it.
 */
public final class WatchFrames implements TcpRelay.Pump {
    private static final int HEAD_BYTES = 9;
    private static final int GRPC_PREFIX_BYTES = 5;
    private static final byte DATA = 0;
    private static final byte HEADERS = 1;
    private static final byte END_STREAM_AND_HEADERS = 5;

    private final AtomicInteger cutsLeft = new AtomicInteger();
    private final AtomicInteger endsLeft = new AtomicInteger();

    /** The next so many connections break right after a watch was created on them. */
    public void cutAfterCreated(int times) {
        cutsLeft.set(times);
    }

    /** The next so many watches are ended in peace right after they were created: grpc-status 0, and nothing more. */
    public void endAfterCreated(int times) {
        endsLeft.set(times);
    }

    public boolean isDone() {
        return cutsLeft.get() == 0 && endsLeft.get() == 0;
    }

    @Override
    public void run(InputStream from, OutputStream to) throws IOException {
        DataInputStream in = new DataInputStream(from);
        byte[] ended = null;
        while (true) {
            byte[] head = new byte[HEAD_BYTES];
            in.readFully(head);
            byte[] payload = new byte[(head[0] & 0xff) << 16 | (head[1] & 0xff) << 8 | (head[2] & 0xff)];
            in.readFully(payload);
            byte[] stream = Arrays.copyOfRange(head, 5, HEAD_BYTES);
            if (head[3] == DATA && Arrays.equals(stream, ended)) {
                continue;
            }
            to.write(head);
            to.write(payload);
            if (head[3] == DATA && tellsCreated(payload)) {
                if (takeOne(cutsLeft)) {
                    throw new EOFException("cut on purpose");
                }
                if (takeOne(endsLeft)) {
                    to.write(peacefulEnd(stream));
                    ended = stream;
                }
            }
        }
    }

    private static boolean takeOne(AtomicInteger left) {
        return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
    }

    private static boolean tellsCreated(byte[] payload) {
        if (payload.length < GRPC_PREFIX_BYTES) {
            return false;
        }
        try {
            return WatchResponse.parseFrom(Arrays.copyOfRange(payload, GRPC_PREFIX_BYTES, payload.length))
                    .getCreated();
        } catch (InvalidProtocolBufferException otherMessage) {
            return false;
        }
    }

    /** Trailers with a literal field that leaves the client's HPACK table alone (RFC 7541, section 6.2.2). */
    private static byte[] peacefulEnd(byte[] stream) {
        byte[] name = "grpc-status".getBytes(StandardCharsets.US_ASCII);
        int length = name.length + 4;
        byte[] frame = new byte[HEAD_BYTES + length];
        frame[2] = (byte) length;
        frame[3] = HEADERS;
        frame[4] = END_STREAM_AND_HEADERS;
        System.arraycopy(stream, 0, frame, 5, stream.length);
        frame[HEAD_BYTES + 1] = (byte) name.length;
        System.arraycopy(name, 0, frame, HEAD_BYTES + 2, name.length);
        frame[HEAD_BYTES + 2 + name.length] = 1;
        frame[HEAD_BYTES + 3 + name.length] = '0';
        return frame;
    }
}
