package io.proxyd.discovery.etcd;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP relay that can be cut: connections end, and new ones are closed at once until it is mended. It can also freeze, as
 * a lost network does: connections stay and can be made, and no byte passes until it thaws.
 */
public final class TcpRelay implements AutoCloseable {
    private static final int BUFFER_BYTES = 16 * 1024;

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Pump down;
    private volatile boolean cut;
    /** Guarded by this. */
    private boolean frozen;

    /** Brings bytes from etcd to its client until either is gone. */
    public interface Pump {
        void run(InputStream from, OutputStream to) throws IOException;
    }

    public TcpRelay(URI target) {
        this(target, TcpRelay::copyAll);
    }

    public TcpRelay(URI target, Pump down) {
        this.down = down;
        try {
            this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), target.getPort());
        start("relay-accept", this::accept);
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    public void cut() {
        cut = true;
        sockets.forEach(TcpRelay::closeQuietly);
    }

    public void mend() {
        cut = false;
    }

    public synchronized void freeze() {
        frozen = true;
    }

    public synchronized void thaw() {
        frozen = false;
        notifyAll();
    }

    private synchronized void awaitThaw() throws IOException {
        try {
            while (frozen) {
                wait();
            }
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        cut();
        thaw();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket downstream = server.accept();
                if (cut) {
                    closeQuietly(downstream);
                } else {
                    relay(downstream);
                }
            } catch (IOException e) {
                // The server socket was closed, or the target refuses: the client sees a closed connection.
            }
        }
    }

    private void relay(Socket downstream) throws IOException {
        Socket upstream = new Socket();
        sockets.add(downstream);
        sockets.add(upstream);
        try {
            upstream.connect(target);
        } catch (IOException e) {
            closeQuietly(downstream);
            throw e;
        }
        start("relay-up", () -> copy(downstream, upstream, TcpRelay::copyAll));
        start("relay-down", () -> copy(upstream, downstream, down));
    }

    private void copy(Socket from, Socket to, Pump pump) {
        try {
            pump.run(from.getInputStream(), new Freezable(to.getOutputStream()));
        } catch (IOException e) {
            // One side is gone; so is the other now.
        }
        closeQuietly(from);
        closeQuietly(to);
    }

    private static void copyAll(InputStream from, OutputStream to) throws IOException {
        byte[] buffer = new byte[BUFFER_BYTES];
        for (int n = from.read(buffer); n >= 0; n = from.read(buffer)) {
            to.write(buffer, 0, n);
        }
    }

    private static void start(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Lets nothing through while the relay is frozen. */
    private final class Freezable extends FilterOutputStream {
        Freezable(OutputStream out) {
            super(out);
        }

        @Override
        public void write(int b) throws IOException {
            awaitThaw();
            out.write(b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            awaitThaw();
            out.write(bytes, offset, length);
        }
    }
}
