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
import io.etcd.jetcd.resolver.IPNameResolver;
import io.etcd.jetcd.watch.WatchEvent;
import io.etcd.jetcd.watch.WatchEvent.EventType;
import io.etcd.jetcd.watch.WatchResponse;
import io.proxyd.config.RegistryConfig;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@link EtcdLink} over jetcd.
 *
 * <p>jetcd's own retries and its resuming of watches are not used: it resumes from the revision of a <em>created</em>
 * answer, which can lie after events never delivered. The loop closes the link before jetcd resumes.
 */
final class JetcdLink implements EtcdLink {
    private static final int KEYS_PER_PAGE = 500;
    private static final int MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    /** etcd cuts off clients that ping more often than every 5 s, or without a call under way. */
    private static final Duration KEEPALIVE_TIME = Duration.ofSeconds(10);

    private static final Duration KEEPALIVE_TIMEOUT = Duration.ofSeconds(5);

    private final Client client;
    private final ByteSequence prefix;
    private final ByteSequence end;

    JetcdLink(RegistryConfig.Etcd config) {
        prefix = ByteSequence.from(config.prefix(), StandardCharsets.UTF_8);
        end = OptionsUtil.prefixEndOf(prefix);
        client = Client.builder()
                .target(target(config.endpoints()))
                // Fails at once where nothing listens; the loop decides when to try again.
                .waitForReady(false)
                .retryMaxAttempts(0)
                .connectTimeout(CONNECT_TIMEOUT)
                .keepaliveTime(KEEPALIVE_TIME)
                .keepaliveTimeout(KEEPALIVE_TIMEOUT)
                .keepaliveWithoutCalls(false)
                .maxInboundMessageSize(MAX_MESSAGE_BYTES)
                .build();
    }

    /** jetcd's own target for several addresses, with the brackets of IPv6 literals escaped, which jetcd forgets. */
    private static String target(List<URI> endpoints) {
        return endpoints.stream()
                .map(uri -> uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()))
                .map(address -> address.replace("[", "%5B").replace("]", "%5D"))
                .collect(Collectors.joining(",", IPNameResolver.SCHEME + ":///", ""));
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
        List<StoredKey> keys =
                found.stream().map(kv -> new StoredKey(name(kv), value(kv))).toList();
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
        return new KeyChange(
                name(kv), kv.getModRevision(), event.getEventType() == EventType.DELETE ? null : value(kv));
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
