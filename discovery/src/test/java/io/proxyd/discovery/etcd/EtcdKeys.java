package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.Registration;
import io.proxyd.discovery.RegistrationReader;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The registrations and leases of an etcd, as a test looks at them. */
public final class EtcdKeys implements AutoCloseable {
    private final Client client;

    public EtcdKeys(URI endpoint) {
        this.client = Client.builder().endpoints(endpoint).build();
    }

    /** @param revision that last changed it */
    public record Key(long revision, long lease, Registration registration) {}

    public Optional<Key> find(String key) {
        List<KeyValue> found = await(client.getKVClient().get(bytes(key))).getKvs();
        return found.stream().findFirst().map(kv -> key(key, kv));
    }

    public Key await(String key) {
        return await(key, found -> true);
    }

    public Key await(String key, Predicate<Key> condition) {
        Eventually.until(() -> find(key).filter(condition).isPresent(), () -> find(key));
        return find(key).filter(condition).orElseThrow();
    }

    public void awaitGone(String key) {
        Eventually.until(() -> find(key).isEmpty(), () -> find(key));
    }

    public void revoke(long lease) {
        await(client.getLeaseClient().revoke(lease));
    }

    /** etcd tells whole seconds left, rounded down, and -1 of a lease that is gone. */
    public boolean isAlive(long lease) {
        return await(client.getLeaseClient().timeToLive(lease, LeaseOption.DEFAULT))
                        .getTTL()
                >= 0;
    }

    public void put(String key, String value, long lease) {
        await(client.getKVClient()
                .put(
                        bytes(key),
                        bytes(value),
                        PutOption.builder().withLeaseId(lease).build()));
    }

    @Override
    public void close() {
        client.close();
    }

    private static Key key(String key, KeyValue kv) {
        String[] segments = key.split("/");
        String name = segments[segments.length - 2] + "/" + segments[segments.length - 1];
        Registration registration = (Registration) new RegistrationReader(k -> k)
                .read(name, ByteBuffer.wrap(kv.getValue().getBytes()));
        return new Key(kv.getModRevision(), kv.getLease(), registration);
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }

    private static <T> T await(CompletableFuture<T> call) {
        return call.orTimeout(10, TimeUnit.SECONDS).join();
    }
}
