package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.maintenance.StatusResponse;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
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
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A real etcd, for tests: a member with its data in a folder given, alone unless it is told of others. */
public final class EtcdProcess implements AutoCloseable {
    private static final Path BINARY = Path.of("/usr/bin/etcd");
    private static final long CALL_SECONDS = 10;

    private final Path folder;
    private final Place place;
    private final String members;
    private @Nullable TestCertificates certificates;
    private Optional<Login> login = Optional.empty();
    private List<String> settings = List.of();
    private @Nullable Process process;
    private @Nullable Client client;

    /**
     * Where a member runs.
     *
     * @param runner words in front of the command that bring it there
     */
    record Place(String name, String host, int clientPort, int peerPort, List<String> runner) {
        /** On free ports of the loopback address. */
        static Place local(String name) {
            try (ServerSocket client = boundSocket();
                    ServerSocket peer = boundSocket()) {
                return new Place(name, "127.0.0.1", client.getLocalPort(), peer.getLocalPort(), List.of());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        String peerUrl() {
            return "http://" + host + ":" + peerPort;
        }
    }

    /** @param members all members of its cluster, as etcd's setting {@code initial-cluster} wants them */
    EtcdProcess(Path folder, Place place, String members) {
        if (!Files.isExecutable(BINARY)) {
            throw new IllegalStateException(
                    BINARY + " is not there, and this test needs it: apt-get install etcd-server (./test does so)");
        }
        this.folder = folder;
        this.place = place;
        this.members = members;
    }

    /** Serves TLS and asks for client certificates from the next start on. */
    EtcdProcess secured(TestCertificates shown) {
        certificates = shown;
        return this;
    }

    /** Takes these command line settings from the next start on. */
    public EtcdProcess with(String... more) {
        settings = List.of(more);
        return this;
    }

    /** The methods of this class call etcd as this user from now on. */
    public EtcdProcess as(@Nullable Login user) {
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
        Place place = Place.local("test");
        return new EtcdProcess(folder, place, place.name() + "=" + place.peerUrl());
    }

    /** Starts it, again with the data and the ports it had, and returns once it answers. */
    public void start() {
        launch();
        revision();
    }

    /** Starts it and returns once it takes connections, though it may lack the members it needs to answer. */
    void launch() {
        List<String> command = new ArrayList<>(place.runner());
        command.addAll(List.of(
                BINARY.toString(),
                "--name=" + place.name(),
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=" + endpoint(),
                "--advertise-client-urls=" + endpoint(),
                "--listen-peer-urls=" + place.peerUrl(),
                "--initial-advertise-peer-urls=" + place.peerUrl(),
                "--initial-cluster=" + members,
                "--heartbeat-interval=50",
                "--election-timeout=300",
                "--logger=zap",
                "--log-level=error"));
        command.addAll(settings);
        if (certificates != null) {
            command.addAll(certificates.serverSettings());
        }
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Eventually.until(this::accepts, this::logText);
    }

    public URI endpoint() {
        return URI.create((certificates == null ? "http" : "https") + "://" + place.host() + ":" + place.clientPort());
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

    /** Grants a lease of so many seconds. */
    public long grant(long seconds) {
        return call(client -> client.getLeaseClient().grant(seconds)).getID();
    }

    public void revoke(long lease) {
        call(client -> client.getLeaseClient().revoke(lease));
    }

    public void put(String key, String value, long lease) {
        PutOption leased = PutOption.builder().withLeaseId(lease).build();
        call(client -> client.getKVClient().put(bytes(key), bytes(value), leased));
    }

    public void delete(String key) {
        call(client -> client.getKVClient().delete(bytes(key)));
    }

    /** The keys below a prefix, without it, sorted. */
    public List<String> keys(String prefix) {
        GetOption all = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        return call(client -> client.getKVClient().get(bytes(prefix), all)).getKvs().stream()
                .map(kv -> kv.getKey().toString().substring(prefix.length()))
                .toList();
    }

    /** The values below a prefix, by their keys without it. */
    public Map<String, String> values(String prefix) {
        GetOption all = GetOption.builder().isPrefix(true).build();
        Map<String, String> values = new TreeMap<>();
        call(client -> client.getKVClient().get(bytes(prefix), all))
                .getKvs()
                .forEach(kv -> values.put(
                        kv.getKey().toString().substring(prefix.length()),
                        kv.getValue().toString()));
        return values;
    }

    /** Revokes the lease of every key there is, as a leader does that lost count of time; returns how many there were. */
    public int revokeAll() {
        GetOption all = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        List<Long> leases = call(client -> client.getKVClient().get(bytes("/"), all)).getKvs().stream()
                .map(KeyValue::getLease)
                .filter(lease -> lease != 0)
                .distinct()
                .toList();
        leases.forEach(this::revoke);
        return leases.size();
    }

    /** Puts all of these without waiting in between. */
    public void putAll(List<String> keys, String value) {
        await(CompletableFuture.allOf(keys.stream()
                .map(key -> client().getKVClient().put(bytes(key), bytes(value)))
                .toArray(CompletableFuture<?>[]::new)));
    }

    /** The same, with ten in each transaction. */
    public void putByTens(List<String> keys, String value) {
        List<CompletableFuture<?>> calls = new ArrayList<>();
        for (int from = 0; from < keys.size(); from += 10) {
            Op[] puts = keys.subList(from, Math.min(from + 10, keys.size())).stream()
                    .map(key -> Op.put(bytes(key), bytes(value), PutOption.DEFAULT))
                    .toArray(Op[]::new);
            calls.add(client().getKVClient().txn().Then(puts).commit());
        }
        await(CompletableFuture.allOf(calls.toArray(CompletableFuture<?>[]::new)));
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

    /** Kills it and puts what a snapshot saved in the place of its data. */
    public void restore(Path snapshot) {
        wipe();
        Commands.run(
                "etcdctl",
                "snapshot",
                "restore",
                snapshot.toString(),
                "--data-dir=" + folder.resolve("data"),
                "--name=" + place.name(),
                "--initial-cluster=" + members,
                "--initial-advertise-peer-urls=" + place.peerUrl());
    }

    /** Saves all it holds to a file. */
    public void save(Path snapshot) {
        Commands.run("etcdctl", "--endpoints=" + endpoint(), "snapshot", "save", snapshot.toString());
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
        Commands.run("sh", "-c", "kill -" + name + " " + running.pid());
    }

    private boolean accepts() {
        Process running = process;
        if (running == null || !running.isAlive()) {
            throw new IllegalStateException("etcd ended at once: " + logText());
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(place.host(), place.clientPort()), 1000);
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

    /** What the member says of itself, whether it has a leader or not. */
    StatusResponse status() {
        return call(
                client -> client.getMaintenanceClient().statusMember(endpoint().toString()));
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
