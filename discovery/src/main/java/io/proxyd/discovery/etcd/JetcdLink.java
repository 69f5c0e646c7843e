package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response.Header;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.OptionsUtil;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.etcd.jetcd.watch.WatchResponse;
import io.proxyd.config.RegistryConfig;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@link EtcdLink} over jetcd.
 *
 * <p>jetcd's own retries and its resuming of watches are not used: it resumes from the revision of a <em>created</em>
 * answer, which can lie after events never delivered. The loop closes the link before jetcd resumes.
 */
final class JetcdLink implements EtcdLink {
    private static final int KEYS_PER_PAGE = 500;
    /** So few that values of the size that etcd takes at most (1.5 MiB) fit into one message. */
    private static final int HUGE_KEYS_PER_PAGE = 40;

    private static final int NAMES_PER_PAGE = 2000;

    private final Client client;
    private final ByteSequence prefix;
    private final ByteSequence end;

    /**
     * @param prefix of the keys to follow
     * @throws UnusableSecret when a file of TLS is missing or makes no sense
     */
    JetcdLink(RegistryConfig.Etcd config, String prefix) {
        this.prefix = ByteSequence.from(prefix, StandardCharsets.UTF_8);
        end = OptionsUtil.prefixEndOf(this.prefix);
        client = JetcdClient.open(config);
    }

    @Override
    public CompletionStage<Page> page(@Nullable ByteBuffer from, long revision) {
        return read(from, revision, KEYS_PER_PAGE, false)
                .exceptionallyCompose(failure -> EtcdFailures.isTooLarge(failure)
                        ? read(from, revision, HUGE_KEYS_PER_PAGE, false)
                        : CompletableFuture.failedFuture(failure));
    }

    @Override
    public CompletionStage<Page> names(@Nullable ByteBuffer from, long revision) {
        return read(from, revision, NAMES_PER_PAGE, true);
    }

    private CompletionStage<Page> read(@Nullable ByteBuffer from, long revision, int limit, boolean keysOnly) {
        GetOption option = GetOption.builder()
                .withRange(end)
                .withLimit(limit)
                .withRevision(revision)
                .withKeysOnly(keysOnly)
                .build();
        ByteSequence start = from == null ? prefix : ByteSequence.from(bytes(from));
        return loggedIn(() -> client.getKVClient().get(start, option)).thenApply(this::page);
    }

    @Override
    public CompletionStage<Boolean> isAlive(long lease) {
        return loggedIn(() -> client.getLeaseClient().timeToLive(lease, LeaseOption.DEFAULT))
                .thenApply(answer -> answer.getTTL() >= 0 /* rounded down; -1 is gone */);
    }

    /** Calls a second time if the token of the first call was too old; {@link EtcdLogin} then fetches another. */
    private static <T> CompletionStage<T> loggedIn(Supplier<CompletableFuture<T>> call) {
        return call.get()
                .exceptionallyCompose(failure ->
                        EtcdFailures.isStaleLogin(failure) ? call.get() : CompletableFuture.failedFuture(failure));
    }

    private Page page(GetResponse answer) {
        List<KeyValue> found = answer.getKvs();
        List<StoredKey> keys = found.stream().map(this::stored).toList();
        ByteBuffer next = answer.isMore() ? after(found.get(found.size() - 1).getKey()) : null;
        return new Page(moment(answer.getHeader()), keys, next);
    }

    /** The smallest key after this one. */
    private static ByteBuffer after(ByteSequence key) {
        byte[] bytes = key.getBytes();
        return ByteBuffer.wrap(Arrays.copyOf(bytes, bytes.length + 1));
    }

    @Override
    public void watch(long fromRevision, Listener listener) {
        WatchOption option = WatchOption.builder()
                .withRange(end)
                .withRevision(fromRevision)
                .withProgressNotify(true)
                .withCreateNotify(true)
                .withRequireLeader(true)
                .build();
        Watch.Watcher ignored = client.getWatchClient()
                .watch(
                        prefix,
                        option,
                        Watch.listener(
                                response -> tell(listener, response),
                                failure ->
                                        listener.ended(EtcdFailures.reason(failure), EtcdFailures.isCompacted(failure)),
                                () -> listener.ended("etcd ended the watch", false)));
    }

    private void tell(Listener listener, WatchResponse response) {
        if (response.isCreatedNotify()) {
            listener.created();
        } else if (!response.getEvents().isEmpty()) {
            listener.changed(response.getEvents().stream().map(this::change).toList());
        } else if (response.isProgressNotify()) {
            listener.progress(moment(response.getHeader()));
        } else {
            // A watch that was refused is created and cancelled in one answer.
            listener.ended("etcd refused the watch", false);
        }
    }

    private KeyChange change(WatchEvent event) {
        KeyValue kv = event.getKeyValue();
        boolean deleted = event.getEventType() == EventType.DELETE;
        return new KeyChange(name(kv), kv.getModRevision(), deleted ? null : stored(kv));
    }

    private StoredKey stored(KeyValue kv) {
        return new StoredKey(name(kv), kv.getModRevision(), kv.getLease(), value(kv));
    }

    @Override
    public void requestProgress() {
        client.getWatchClient().requestProgress();
    }

    @Override
    public void close() {
        client.close();
    }

    private String name(KeyValue kv) {
        return KeyNames.text(kv.getKey().substring(prefix.size()).getBytes());
    }

    private static ByteBuffer value(KeyValue kv) {
        return ByteBuffer.wrap(kv.getValue().getBytes());
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    private static Moment moment(Header header) {
        return new Moment(header.getClusterId(), header.getRevision());
    }
}
