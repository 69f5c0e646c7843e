package io.proxyd.discovery;

import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A board in this process alone: for registries that cannot carry intents. What is put here ends with the process. */
public final class LocalIntents implements IntentBoard {
    private final String why;
    private final String self;
    private final Map<String, String> about;
    private final InstantSource clock;
    private final Map<String, Intent> drains = new HashMap<>();
    private final Map<String, Intent> weights = new HashMap<>();
    private Consumer<Intents> listener = intents -> {};
    private Map<String, LetGo> letGo = Map.of();
    private long revision;

    /**
     * @param why intents do not leave this process, for the operator
     * @param self the id of this proxy
     * @param about what this proxy says of itself
     */
    public LocalIntents(String why, String self, Map<String, String> about, InstantSource clock) {
        this.why = why;
        this.self = self;
        this.about = Map.copyOf(about);
        this.clock = clock;
    }

    @Override
    public synchronized void watch(Consumer<Intents> newListener, Consumer<Instant> canary) {
        listener = newListener;
        publish();
    }

    @Override
    public synchronized CompletionStage<Placed> put(Intent intent) {
        (intent.drain() ? drains : weights).put(intent.name(), intent);
        return changed();
    }

    @Override
    public synchronized CompletionStage<Placed> remove(String service, String id) {
        drains.remove(service + "/" + id);
        weights.remove(service + "/" + id);
        return changed();
    }

    private CompletionStage<Placed> changed() {
        revision++;
        drains.values().removeIf(this::isOver);
        weights.values().removeIf(this::isOver);
        publish();
        return CompletableFuture.completedFuture(new Placed(false, why, revision));
    }

    private boolean isOver(Intent intent) {
        return !intent.until().isAfter(clock.instant());
    }

    private void publish() {
        listener.accept(new Intents(revision, Map.copyOf(drains), Map.copyOf(weights)));
    }

    @Override
    public synchronized void letGo(Map<String, LetGo> backends) {
        letGo = Map.copyOf(backends);
    }

    @Override
    public synchronized BoardStatus status() {
        return new BoardStatus(false, why, self, List.of(new Proxy(self, about, letGo)));
    }

    @Override
    public void close() {}
}
