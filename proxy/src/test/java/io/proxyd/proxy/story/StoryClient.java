package io.proxyd.proxy.story;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One connection of a client, which never tries anything twice. */
final class StoryClient implements AutoCloseable {
    private static final int CONNECT_MILLIS = 10_000;
    private static final int READ_MILLIS = 30_000;

    private final Socket socket = new Socket();
    private final InputStream in;

    StoryClient(InetSocketAddress address) throws IOException {
        socket.connect(address, CONNECT_MILLIS);
        socket.setSoTimeout(READ_MILLIS);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream());
    }

    /** The answer to one GET on a connection of its own. */
    static Message get(InetSocketAddress address, String target) {
        try (StoryClient client = new StoryClient(address)) {
            return client.send("GET", target, "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The same on a thread of its own. */
    static CompletableFuture<Message> getLater(InetSocketAddress address, String target) {
        return CompletableFuture.supplyAsync(() -> get(address, target));
    }

    /** Sends one request and returns its answer, whatever its status. */
    Message send(String method, String target, String body) throws IOException {
        Message request = new Message(method + " " + target + " HTTP/1.1", Map.of("host", "story.example"), body);
        socket.getOutputStream().write(request.bytes());
        Message answer = Message.read(in);
        if (answer == null) {
            throw new EOFException("the connection was closed instead of an answer");
        }
        return answer;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
