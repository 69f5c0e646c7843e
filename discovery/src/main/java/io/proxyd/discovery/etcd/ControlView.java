package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Intent;
import io.proxyd.discovery.Intents;
import io.proxyd.discovery.LetGo;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Proxy;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the keys below the control prefix say. Kept by the watch loop's thread; the results may be read by any. */
final class ControlView implements KeyView {
    private static final Logger log = LoggerFactory.getLogger(ControlView.class);

    private final String self;
    private final Consumer<Intents> onIntents;
    private final Consumer<Instant> onCanary;
    private final Set<String> names = new HashSet<>();
    private final Map<String, Intent> drains = new HashMap<>();
    private final Map<String, Intent> weights = new HashMap<>();
    private final Map<String, Map<String, String>> proxies = new TreeMap<>();
    private final Map<String, Map<String, LetGo>> acks = new HashMap<>();
    private @Nullable Instant canary;
    /** Whether any intent was written, were it the same again: who drains once more waits for words of that revision. */
    private boolean touched;

    private boolean lossLogged;
    private volatile Intents intents = Intents.NONE;
    private volatile List<Proxy> living = List.of();
    private volatile boolean connected;

    /**
     * @param self the id of this proxy
     * @param onIntents gets the intents when they changed
     * @param onCanary gets the time in this proxy's canary key, after what changed with it or before
     */
    ControlView(String self, Consumer<Intents> onIntents, Consumer<Instant> onCanary) {
        this.self = self;
        this.onIntents = onIntents;
        this.onCanary = onCanary;
    }

    /** At the newest revision seen; any thread. */
    Intents intents() {
        return intents;
    }

    /** All proxies that live, by id; any thread. */
    List<Proxy> proxies() {
        return living;
    }

    boolean isConnected() {
        return connected;
    }

    @Override
    public void put(StoredKey key) {
        touched |= isIntent(key.name());
        names.add(key.name());
        try {
            read(key.name().split("/", -1), key.value());
        } catch (RuntimeException e) {
            delete(key.name());
            names.add(key.name());
            log.warn(
                    "The control key {} is ignored, as its value is not what proxyd writes: {}",
                    key.name(),
                    EtcdFailures.reason(e));
        }
    }

    private void read(String[] part, ByteBuffer value) {
        if (part.length == 4 && part[0].equals("intents") && part[3].equals(ControlKey.DRAIN)) {
            drains.put(part[1] + "/" + part[2], ControlJson.drain(part[1], part[2], value));
        } else if (part.length == 4 && part[0].equals("intents") && part[3].equals(ControlKey.WEIGHT)) {
            weights.put(part[1] + "/" + part[2], ControlJson.weight(part[1], part[2], value));
        } else if (part.length == 2 && part[0].equals("proxies")) {
            proxies.put(part[1], ControlJson.texts(value));
        } else if (part.length == 4 && part[0].equals("acks")) {
            acks.computeIfAbsent(part[1], proxy -> new HashMap<>())
                    .put(part[2] + "/" + part[3], ControlJson.letGo(value));
        } else if (part.length == 2 && part[0].equals("canary") && part[1].equals(self)) {
            canary = ControlJson.canary(value);
        }
    }

    private static boolean isIntent(String name) {
        return name.startsWith("intents/");
    }

    @Override
    public void delete(String name) {
        touched |= isIntent(name);
        names.remove(name);
        String[] part = name.split("/", -1);
        if (part.length == 4 && part[0].equals("intents")) {
            (part[3].equals(ControlKey.DRAIN) ? drains : weights).remove(part[1] + "/" + part[2]);
        } else if (part.length == 2 && part[0].equals("proxies")) {
            proxies.remove(part[1]);
        } else if (part.length == 4 && part[0].equals("acks")) {
            Map<String, LetGo> ofProxy = acks.getOrDefault(part[1], new HashMap<>());
            ofProxy.remove(part[2] + "/" + part[3]);
            if (ofProxy.isEmpty()) {
                acks.remove(part[1]);
            }
        }
    }

    @Override
    public void keepOnly(Set<String> kept) {
        List.copyOf(names).stream().filter(name -> !kept.contains(name)).forEach(this::delete);
    }

    @Override
    public void deliver(long revision, Lineage lineage) {
        List<Proxy> all = new ArrayList<>();
        proxies.forEach((id, about) -> all.add(new Proxy(id, about, Map.copyOf(acks.getOrDefault(id, Map.of())))));
        living = List.copyOf(all);
        intents = new Intents(revision, Map.copyOf(drains), Map.copyOf(weights));
        if (touched) {
            onIntents.accept(intents);
        }
        touched = false;
        Instant sent = canary;
        canary = null;
        if (sent != null) {
            onCanary.accept(sent);
        }
    }

    @Override
    public void confirmed() {}

    @Override
    public void connected() {
        connected = true;
        lossLogged = false;
    }

    @Override
    public void disconnected(String error) {
        connected = false;
        if (!lossLogged) {
            log.warn("Intents of operators are not followed for now, those known stay: {}", error);
        }
        lossLogged = true;
    }
}
