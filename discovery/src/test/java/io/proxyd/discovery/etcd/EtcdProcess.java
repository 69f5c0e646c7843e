package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.proxyd.discovery.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A real etcd of one member, for tests: on free ports of the loopback address, with its data in a folder given. */
public final class EtcdProcess implements AutoCloseable {
    private static final Path BINARY = Path.of("/usr/bin/etcd");
    private static final long CALL_SECONDS = 10;

    private final Path folder;
    private final int clientPort;
    private final int peerPort;
    private @Nullable Process process;
    private @Nullable Client client;

    private EtcdProcess(Path folder, int clientPort, int peerPort) {
        this.folder = folder;
        this.clientPort = clientPort;
        this.peerPort = peerPort;
    }

    /** Starts etcd and returns once it answers. */
    public static EtcdProcess start(Path folder) {
        EtcdProcess etcd = stopped(folder);
        etcd.start();
        return etcd;
    }

    /** An etcd that is not started yet, so that its address is known before. */
    public static EtcdProcess stopped(Path folder) {
        if (!Files.isExecutable(BINARY)) {
            throw new IllegalStateException(
                    BINARY + " is not there, and this test needs it: apt-get install etcd-server (./test does so)");
        }
        try (ServerSocket client = boundSocket();
                ServerSocket peer = boundSocket()) {
            return new EtcdProcess(folder, client.getLocalPort(), peer.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it, again with the data and the ports it had. */
    public void start() {
        try {
            String peer = "http://127.0.0.1:" + peerPort;
            List<String> command = List.of(
                    BINARY.toString(),
                    "--name=test",
                    "--data-dir=" + folder.resolve("data"),
                    "--listen-client-urls=" + endpoint(),
                    "--advertise-client-urls=" + endpoint(),
                    "--listen-peer-urls=" + peer,
                    "--initial-advertise-peer-urls=" + peer,
                    "--initial-cluster=test=" + peer,
                    "--heartbeat-interval=50",
                    "--election-timeout=300",
                    "--logger=zap",
                    "--log-level=error");
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.until(this::accepts, this::logText);
        revision();
    }

    public URI endpoint() {
        return URI.create("http://127.0.0.1:" + clientPort);
    }

    /** Returns the revision of the put. */
    public long put(String key, String value) {
        return await(client().getKVClient().put(bytes(key), bytes(value)))
                .getHeader()
                .getRevision();
    }

    public void put(byte[] key, String value) {
        await(client().getKVClient().put(ByteSequence.from(key), bytes(value)));
    }

    public void delete(String key) {
        await(client().getKVClient().delete(bytes(key)));
    }

    /** Puts all of these without waiting in between. */
    public void putAll(List<String> keys, String value) {
        await(CompletableFuture.allOf(keys.stream()
                .map(key -> client().getKVClient().put(bytes(key), bytes(value)))
                .toArray(CompletableFuture<?>[]::new)));
    }

    public long revision() {
        return await(client().getKVClient().get(bytes("/"))).getHeader().getRevision();
    }

    /** Compacts everything before the newest revision away. */
    public void compact() {
        await(client().getKVClient().compact(revision()));
    }

    /** SIGKILL; returns once it is gone. Its data stays. */
    public void kill() {
        closeClient();
        Process running = process;
        process = null;
        if (running != null) {
            running.destroyForcibly();
            Eventually.until(() -> !running.isAlive(), () -> "etcd still runs as " + running.pid());
        }
    }

    /** SIGSTOP: its connections stay open and nothing answers. */
    public void pause() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** Kills it and removes its data: what starts next is another, empty etcd with the same address. */
    public void wipe() {
        kill();
        deleteTree(folder.resolve("data"));
    }

    @Override
    public void close() {
        kill();
    }

    private void signal(String name) {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("etcd is not started");
        }
        try {
            int status = new ProcessBuilder("sh", "-c", "kill -" + name + " " + running.pid())
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new IllegalStateException("kill -" + name + " " + running.pid() + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private boolean accepts() {
        Process running = process;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException("etcd ended at once: " + logText());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), clientPort), 1000);
            return true;
        } catch (IOException notYet) {
            return false;
        }
    }

    private Client client() {
        Client opened = client;
        if (opened == null) {
            opened = Client.builder().endpoints(endpoint()).build();
            client = opened;
        }
        return opened;
    }

    private void closeClient() {
        Client opened = client;
        client = null;
        if (opened != null) {
            opened.close();
        }
    }

    private Path log() {
        return folder.resolve("etcd.log");
    }

    private String logText() {
        try {
            return Files.exists(log()) ? Files.readString(log()) : "no log";
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static void deleteTree(Path tree) {
        try (var paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket boundSocket() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private static <T> T await(CompletableFuture<T> call) {
        return call.orTimeout(CALL_SECONDS, TimeUnit.SECONDS).join();
    }
}
