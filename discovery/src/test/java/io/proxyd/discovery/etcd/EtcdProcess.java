package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.options.GetOption;
import io.proxyd.config.RegistryConfig;
import io.proxyd.config.RegistryConfig.Login;
import io.proxyd.config.RegistryConfig.Tls;
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
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A real etcd of one member, for tests: on free ports of the loopback address, with its data in a folder given. */
public final class EtcdProcess implements AutoCloseable {
    private static final Path BINARY = Path.of("/usr/bin/etcd");
    private static final long CALL_SECONDS = 10;

    private final Path folder;
    private final int clientPort;
    private final int peerPort;
    private @Nullable TestCertificates certificates;
    private Optional<Login> login = Optional.empty();
    private List<String> settings = List.of();
    private @Nullable Process process;
    private @Nullable Client client;

    private EtcdProcess(Path folder, int clientPort, int peerPort) {
        this.folder = folder;
        this.clientPort = clientPort;
        this.peerPort = peerPort;
    }

    /** Serves TLS and asks for client certificates from the next start on. */
    EtcdProcess secured(TestCertificates shown) {
        certificates = shown;
        return this;
    }

    /** Takes these command line settings from the next start on. */
    EtcdProcess with(String... more) {
        settings = List.of(more);
        return this;
    }

    /** The methods of this class call etcd as this user from now on. */
    EtcdProcess as(@Nullable Login user) {
        closeClient();
        login = Optional.ofNullable(user);
        return this;
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
            List<String> command = new ArrayList<>(List.of(
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
                    "--log-level=error"));
            command.addAll(settings);
            if (certificates != null) {
                command.addAll(certificates.serverSettings());
            }
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
        return URI.create((certificates == null ? "http" : "https") + "://127.0.0.1:" + clientPort);
    }

    /** Returns the revision of the put. */
    public long put(String key, String value) {
        return call(client -> client.getKVClient().put(bytes(key), bytes(value)))
                .getHeader()
                .getRevision();
    }

    public void put(byte[] key, String value) {
        call(client -> client.getKVClient().put(ByteSequence.from(key), bytes(value)));
    }

    public void delete(String key) {
        call(client -> client.getKVClient().delete(bytes(key)));
    }

    /** The keys below a prefix, without it, sorted. */
    List<String> keys(String prefix) {
        GetOption all = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        return call(client -> client.getKVClient().get(bytes(prefix), all)).getKvs().stream()
                .map(kv -> kv.getKey().toString().substring(prefix.length()))
                .toList();
    }

    /** Puts all of these without waiting in between. */
    public void putAll(List<String> keys, String value) {
        await(CompletableFuture.allOf(keys.stream()
                .map(key -> client().getKVClient().put(bytes(key), bytes(value)))
                .toArray(CompletableFuture<?>[]::new)));
    }

    public long revision() {
        return await(client().getKVClient().get(bytes("/services/")))
                .getHeader()
                .getRevision();
    }

    /** Compacts everything before the newest revision away. */
    public void compact() {
        long newest = revision();
        call(client -> client.getKVClient().compact(newest));
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

    /** How to reach it, as a user or not. */
    RegistryConfig.Etcd access(Optional<Login> user) {
        RegistryConfig.Etcd plain = RegistryConfig.Etcd.plain(List.of(endpoint()), "/services/");
        Tls tls = certificates == null ? plain.tls() : certificates.clientTls();
        return new RegistryConfig.Etcd(
                plain.endpoints(), plain.prefix(), plain.controlPrefix(), plain.auditInterval(), tls, user);
    }

    /** Calls etcd, a second time if the token of the first call was too old. */
    <T> T call(Function<Client, CompletableFuture<T>> call) {
        try {
            return await(call.apply(client()));
        } catch (CompletionException e) {
            if (!EtcdFailures.isStaleLogin(e)) {
                throw e;
            }
            return await(call.apply(client()));
        }
    }

    private Client client() {
        Client opened = client;
        if (opened == null) {
            opened = JetcdClient.open(access(login));
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

    static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private static <T> T await(CompletableFuture<T> call) {
        return call.orTimeout(CALL_SECONDS, TimeUnit.SECONDS).join();
    }
}
