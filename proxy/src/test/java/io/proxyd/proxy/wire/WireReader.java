package io.proxyd.proxy.wire;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Reads HTTP/1 messages strictly and byte by byte, as an independent judge of what proxyd writes. */
final class WireReader {
    private static final MessageHead NO_TRAILERS = new MessageHead("", List.of());

    private final InputStream in;

    WireReader(InputStream in) {
        this.in = new BufferedInputStream(in, 64 * 1024);
    }

    MessageHead head() throws IOException {
        String start = line();
        return MessageHead.of(start, lines());
    }

    Message request() throws IOException {
        MessageHead head = head();
        if (head.chunked()) {
            return chunked(head);
        }
        return sized(head, head.has("Content-Length") ? Integer.parseInt(head.only("Content-Length")) : 0);
    }

    /** @param method of the request that is answered */
    Message response(String method) throws IOException {
        MessageHead head = head();
        int status = head.status();
        if (method.equals("HEAD") || status < 200 || status == 204 || status == 304) {
            return sized(head, 0);
        }
        if (head.chunked()) {
            return chunked(head);
        }
        if (head.has("Content-Length")) {
            return sized(head, Integer.parseInt(head.only("Content-Length")));
        }
        byte[] body = untilEnd();
        return new Message(head, body, body, NO_TRAILERS);
    }

    byte[] exactly(int count) throws IOException {
        byte[] bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException("ended after " + bytes.length + " of " + count + " bytes: "
                    + new String(bytes, 0, Math.min(200, bytes.length), StandardCharsets.ISO_8859_1));
        }
        return bytes;
    }

    /** All up to the FIN. */
    byte[] untilEnd() throws IOException {
        return in.readAllBytes();
    }

    /** Reads and forgets at most that much; -1 at the end. */
    int skim(byte[] scratch) throws IOException {
        return in.read(scratch);
    }

    private Message sized(MessageHead head, int length) throws IOException {
        byte[] body = exactly(length);
        return new Message(head, body, body, NO_TRAILERS);
    }

    private Message chunked(MessageHead head) throws IOException {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String sizeLine = line();
            wire.writeBytes((sizeLine + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            int size = Integer.parseInt(sizeLine.split(";", 2)[0], 16);
            if (size == 0) {
                break;
            }
            byte[] data = exactly(size);
            body.writeBytes(data);
            wire.writeBytes(data);
            String end = line();
            if (!end.isEmpty()) {
                throw new AssertionError("chunk data runs on: " + end);
            }
            wire.writeBytes(new byte[] {'\r', '\n'});
        }
        List<String> trailers = lines();
        trailers.forEach(t -> wire.writeBytes((t + "\r\n").getBytes(StandardCharsets.ISO_8859_1)));
        wire.writeBytes(new byte[] {'\r', '\n'});
        return new Message(head, body.toByteArray(), wire.toByteArray(), MessageHead.of("", trailers));
    }

    /** Lines up to the empty one. */
    private List<String> lines() throws IOException {
        List<String> lines = new ArrayList<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            lines.add(line);
        }
        return lines;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int b = in.read();
        while (b != '\r') {
            if (b < 0) {
                throw new EOFException("ended within a line: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            if (b == '\n') {
                throw new AssertionError("bare LF after: " + line.toString(StandardCharsets.ISO_8859_1));
            }
            line.write(b);
            b = in.read();
        }
        if (in.read() != '\n') {
            throw new AssertionError("CR without LF after: " + line.toString(StandardCharsets.ISO_8859_1));
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
