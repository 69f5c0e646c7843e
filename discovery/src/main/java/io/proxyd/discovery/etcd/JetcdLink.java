package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.KeyValue;
import io.etcd.jetcd.Response.Header;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.kv.GetResponse;
import io.etcd.jetcd.options.GetOption;
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
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * {@link EtcdLink} over jetcd.
 *
 * <p>jetcd's own retries and its resuming of watches are not used: it resumes from the revision of a <em>created</em>
 * answer, which can lie after events never delivered. The loop closes the link before jetcd resumes.
 */
final class JetcdLink implements EtcdLink {
    private static final int KEYS_PER_PAGE = 500;

    private final Client client;
    private final ByteSequence prefix;
    private final ByteSequence end;

    JetcdLink(RegistryConfig.Etcd config) {
        prefix = ByteSequence.from(config.prefix(), StandardCharsets.UTF_8);
        end = OptionsUtil.prefixEndOf(prefix);
        client = JetcdClient.open(config);
    }

    @Override
    public CompletionStage<Moment> now() {
        GetOption countOnly =
                GetOption.builder().withRange(end).withCountOnly(true).build();
        return client.getKVClient().get(prefix, countOnly).thenApply(answer -> moment(answer.getHeader()));
    }

    @Override
    public CompletionStage<Page> page(@Nullable ByteBuffer from, long revision) {
        GetOption option = GetOption.builder()
                .withRange(end)
                .withLimit(KEYS_PER_PAGE)
                .withRevision(revision)
                .build();
        ByteSequence start = from == null ? prefix : ByteSequence.from(bytes(from));
        return client.getKVClient().get(start, option).thenApply(this::page);
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
        } else {
            listener.progress(moment(response.getHeader()));
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
