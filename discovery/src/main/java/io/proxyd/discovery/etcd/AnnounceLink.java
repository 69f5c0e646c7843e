package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.common.exception.EtcdException;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseGrantResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.PutOption;
import io.grpc.Status;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The calls of an announcer, each with a deadline, one at a time; used by one thread.
 *
 * <p>Lives until the first {@link CallFailed}: after that nothing of the client is to be trusted, and it is closed.
 */
final class AnnounceLink implements AutoCloseable {
    /** etcd takes 128 operations in a transaction. */
    private static final int READS_AT_ONCE = 100;

    private final Client client;
    private final String place;
    private final Duration answer;

    /**
     * @param client is owned, and closed with this
     * @param place of etcd, for errors
     */
    AnnounceLink(Client client, String place, Duration answer) {
        this.client = client;
        this.place = place;
        this.answer = answer;
    }

    /** A call that failed, or was not answered in time; nobody knows whether it had an effect. */
    static final class CallFailed extends Exception {
        private static final long serialVersionUID = 1L;
        private final boolean denied;

        CallFailed(String reason, boolean denied) {
            super(reason, null, false, false);
            this.denied = denied;
        }

        String reason() {
            return String.valueOf(getMessage());
        }

        /** Whether etcd understood and does not allow it. */
        boolean isDenied() {
            return denied;
        }
    }

    /** @param ttl as etcd granted it, which is not always what was asked for */
    record Lease(long id, Duration ttl) {}

    /** @param revision that last changed the key; 0 if it is not there */
    record Found(long revision, long lease, byte[] value) {
        static final Found NOTHING = new Found(0, 0, new byte[0]);

        boolean exists() {
            return revision != 0;
        }
    }

    Lease grant(Duration ttl) throws CallFailed, InterruptedException {
        LeaseGrantResponse granted = await(client.getLeaseClient().grant(ttl.toSeconds()));
        return new Lease(granted.getID(), Duration.ofSeconds(granted.getTTL()));
    }

    /** Returns whether the lease is still there. */
    boolean keepAlive(long lease) throws CallFailed, InterruptedException {
        return await(isThere(client.getLeaseClient().keepAliveOnce(lease)));
    }

    /** Ends the lease, and with it what hangs on it, if it is still there. */
    void revoke(long lease) throws CallFailed, InterruptedException {
        await(isThere(client.getLeaseClient().revoke(lease)));
    }

    /** Reads a key; linearizable. */
    Found look(String key) throws CallFailed, InterruptedException {
        List<KeyValue> found = await(client.getKVClient().get(bytes(key))).getKvs();
        if (found.isEmpty()) {
            return Found.NOTHING;
        }
        KeyValue kv = found.get(0);
        return new Found(kv.getModRevision(), kv.getLease(), kv.getValue().getBytes());
    }

    /**
     * Puts a key under a lease.
     *
     * @param revision that the key must have: the last that changed it, or 0 if it must not be there
     * @return the revision of the put; empty if the key was another
     */
    OptionalLong putIf(String key, long revision, byte[] value, long lease) throws CallFailed, InterruptedException {
        PutOption option = PutOption.builder().withLeaseId(lease).build();
        return commitIf(key, revision, Op.put(bytes(key), ByteSequence.from(value), option));
    }

    /** Deletes a key of this revision; returns whether it was still of this revision. */
    boolean deleteIf(String key, long revision) throws CallFailed, InterruptedException {
        return commitIf(key, revision, Op.delete(bytes(key), DeleteOption.DEFAULT))
                .isPresent();
    }

    /** The names of the keys below a prefix, without it. */
    List<String> names(String prefix) throws CallFailed, InterruptedException {
        GetOption option = GetOption.builder().isPrefix(true).withKeysOnly(true).build();
        return await(client.getKVClient().get(bytes(prefix), option)).getKvs().stream()
                .map(kv -> kv.getKey().toString(StandardCharsets.UTF_8).substring(prefix.length()))
                .toList();
    }

    /** The values of those keys that are there. */
    Map<String, byte[]> values(List<String> keys) throws CallFailed, InterruptedException {
        Map<String, byte[]> values = new HashMap<>();
        for (int from = 0; from < keys.size(); from += READS_AT_ONCE) {
            List<Op> reads = new ArrayList<>();
            for (String key : keys.subList(from, Math.min(keys.size(), from + READS_AT_ONCE))) {
                reads.add(Op.get(bytes(key), GetOption.DEFAULT));
            }
            TxnResponse read = await(
                    client.getKVClient().txn().Then(reads.toArray(Op[]::new)).commit());
            for (GetResponse one : read.getGetResponses()) {
                one.getKvs()
                        .forEach(kv -> values.put(
                                kv.getKey().toString(StandardCharsets.UTF_8),
                                kv.getValue().getBytes()));
            }
        }
        return values;
    }

    @Override
    public void close() {
        client.close();
    }

    private OptionalLong commitIf(String key, long revision, Op then) throws CallFailed, InterruptedException {
        Cmp unchanged = new Cmp(bytes(key), Cmp.Op.EQUAL, CmpTarget.modRevision(revision));
        TxnResponse done =
                await(client.getKVClient().txn().If(unchanged).Then(then).commit());
        return done.isSucceeded() ? OptionalLong.of(done.getHeader().getRevision()) : OptionalLong.empty();
    }

    /** Turns the failure that says that there is no such lease into an answer. */
    private static CompletableFuture<Boolean> isThere(CompletableFuture<?> call) {
        return call.handle((done, failure) -> {
                    if (failure == null) {
                        return CompletableFuture.completedFuture(true);
                    }
                    return hasCode(failure, Status.Code.NOT_FOUND)
                            ? CompletableFuture.completedFuture(false)
                            : CompletableFuture.<Boolean>failedFuture(failure);
                })
                .thenCompose(outcome -> outcome);
    }

    private <T> T await(CompletableFuture<T> call) throws CallFailed, InterruptedException {
        try {
            return call.get(answer.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            throw new CallFailed(place + ": no answer within " + answer.toMillis() / 1000.0 + " s", false);
        } catch (ExecutionException e) {
            throw new CallFailed(place + ": " + EtcdFailures.reason(e), hasCode(e, Status.Code.PERMISSION_DENIED));
        }
    }

    /** Whether gRPC ended the call with this code, which jetcd passes on as it is or as one of its own. */
    private static boolean hasCode(Throwable failure, Status.Code code) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof EtcdException etcd
                    && etcd.getErrorCode().name().equals(code.name())) {
                return true;
            }
        }
        return Status.fromThrowable(failure).getCode() == code;
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }
}
