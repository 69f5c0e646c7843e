package io.proxyd.proxy.wire;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;

/** Ports of this machine at which no connection can be made, held for as long as this is open. */
final class DeadPorts implements AutoCloseable {
    private static final int MORE_THAN_FIT = 8;

    private final Deque<Closeable> held = new ArrayDeque<>();

    /** A port that refuses connections: it is taken, but nobody listens. */
    int refusing() throws IOException {
        Socket socket = new Socket();
        held.push(socket);
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        return socket.getLocalPort();
    }

    /** A port at which connecting takes for ever: its queue of connections that nobody accepts is full. */
    int unanswering() throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        held.push(server);
        SocketChannel last = null;
        for (int i = 0; i < MORE_THAN_FIT; i++) {
            last = SocketChannel.open();
            held.push(last);
            last.configureBlocking(false);
            last.connect(server.getLocalSocketAddress());
        }
        if (last == null || last.finishConnect()) {
            throw new IllegalStateException("the kernel accepts more connections than the backlog holds");
        }
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        while (!held.isEmpty()) {
            held.pop().close();
        }
    }
}
