package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.proxyd.config.RegistryConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Writes below the control prefix, one blocking call at a time with a deadline each: the keys of this proxy under a lease
 * of its own, and intents under theirs. On one thread; every failure closes the connection, and the next call opens one.
 */
final class ControlWriter implements AutoCloseable {
    private static final long CALL_SECONDS = 5;
    private static final int KEYS_PER_CALL = 100;
    /** In the place of a value that may have been written, or not: the answer is not here yet, or got lost. */
    private static final String UNSURE = "";

    private final RegistryConfig.Etcd config;
    private final Members members;
    private final Duration ttl;
    private final Map<String, String> written = new HashMap<>();
    private @Nullable Client client;
    private long lease;

    /** A call failed; the message says why. */
    static final class WriteFailure extends Exception {
        private static final long serialVersionUID = 1L;

        WriteFailure(String reason, Throwable cause) {
            super(reason, cause);
        }

        String reason() {
            return String.valueOf(getMessage());
        }

        /** Whether etcd understood, and said that this user may not. */
        boolean denied() {
            return EtcdFailures.isDenied(this);
        }

        boolean staleLogin() {
            return EtcdFailures.isStaleLogin(this);
        }
    }

    /** @param ttl how long this proxy's keys outlive it */
    ControlWriter(RegistryConfig.Etcd config, Members members, Duration ttl) {
        this.members = members;
        this.config = config;
        this.ttl = ttl;
    }

    /** Makes the keys of this proxy these, with these values, and keeps its lease alive; returns how many changed. */
    long write(Map<String, String> wanted) throws WriteFailure {
        keepAlive();
        List<Op> changes = new ArrayList<>();
        PutOption leased = PutOption.builder().withLeaseId(lease).build();
        wanted.forEach((key, value) -> {
            if (!value.equals(written.get(key))) {
                changes.add(Op.put(key(key), bytes(value), leased));
                written.put(key, UNSURE);
            }
        });
        written.keySet().stream()
                .filter(key -> !wanted.containsKey(key))
                .forEach(key -> changes.add(Op.delete(key(key), DeleteOption.DEFAULT)));
        for (int from = 0; from < changes.size(); from += KEYS_PER_CALL) {
            List<Op> some = changes.subList(from, Math.min(from + KEYS_PER_CALL, changes.size()));
            call(open().getKVClient().txn().Then(some.toArray(Op[]::new)).commit());
        }
        written.clear();
        written.putAll(wanted);
        return changes.size();
    }

    private void keepAlive() throws WriteFailure {
        if (lease != 0 && lives(lease)) {
            call(open().getLeaseClient().keepAliveOnce(lease));
            return;
        }
        written.clear();
        lease = call(open().getLeaseClient().grant(ttl.toSeconds())).getID();
    }

    /** etcd rounds down, so that 0 is alive; it says -1 of what is gone. */
    private boolean lives(long granted) throws WriteFailure {
        return call(open().getLeaseClient().timeToLive(granted, LeaseOption.DEFAULT))
                        .getTTL()
                >= 0;
    }

    /** Forgets what was written, so that it is written anew. */
    void forget() {
        written.clear();
    }

    /** Returns the revision of the put; the key lives as long as the time says. */
    long put(String key, String value, Duration life) throws WriteFailure {
        long own = call(open().getLeaseClient().grant(Math.max(1, life.toSeconds())))
                .getID();
        PutOption leased = PutOption.builder().withLeaseId(own).build();
        return call(open().getKVClient().put(key(key), bytes(value), leased))
                .getHeader()
                .getRevision();
    }

    /** Returns the revision of the deletion. */
    long delete(List<String> keys) throws WriteFailure {
        Op[] deletes = keys.stream()
                .map(key -> Op.delete(key(key), DeleteOption.DEFAULT))
                .toArray(Op[]::new);
        return call(open().getKVClient().txn().Then(deletes).commit())
                .getHeader()
                .getRevision();
    }

    /** Takes back everything of this proxy; without waiting for more than one call. */
    @Override
    public void close() {
        if (lease != 0 && client != null) {
            try {
                call(open().getLeaseClient().revoke(lease));
            } catch (WriteFailure e) {
                lease = 0; // it ends by itself
            }
        }
        disconnect();
    }

    private Client open() throws WriteFailure {
        Client opened = client;
        if (opened == null) {
            try {
                opened = JetcdClient.open(members.next());
            } catch (UnusableSecret e) {
                throw new WriteFailure(e.reason(), e);
            }
            client = opened;
        }
        return opened;
    }

    private <T> T call(CompletableFuture<T> call) throws WriteFailure {
        try {
            return call.get(CALL_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            disconnect();
            throw new WriteFailure(EtcdFailures.reason(e), e);
        } catch (TimeoutException e) {
            disconnect();
            throw new WriteFailure("no answer within " + CALL_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WriteFailure("interrupted", e);
        }
    }

    private void disconnect() {
        Client closed = client;
        client = null;
        if (closed != null) {
            closed.close();
        }
    }

    private ByteSequence key(String name) {
        return bytes(config.controlPrefix() + name);
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }
}
