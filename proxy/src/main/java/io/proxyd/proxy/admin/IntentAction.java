package io.proxyd.proxy.admin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.proxyd.discovery.Intent;
import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.Placed;
import io.proxyd.proxy.route.LiveBackend;
import io.proxyd.proxy.route.RoutingTable;
import io.proxyd.proxy.route.Service;
import io.proxyd.proxy.telemetry.Sources;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** POST {@code /api/v1/intents}: an operator drains a backend, weighs it anew, or takes that back. */
final class IntentAction implements Action {
    private static final Logger LOG = LoggerFactory.getLogger(IntentAction.class);
    private static final Duration LONGEST = Duration.ofDays(366);
    private static final int MAX_WEIGHT = 1000;
    private static final int MAX_WORDS = 200;

    private final Sources sources;
    private final IntentBoard board;
    private final Json json;

    private enum Kind {
        DRAIN,
        WEIGHT,
        ENABLE
    }

    /**
     * What is asked for.
     *
     * @param backend {@code <service>/<id>}
     * @param action {@code drain}, {@code weight} or {@code enable}
     * @param weight for {@code weight}
     * @param forSeconds how long it shall hold; not for {@code enable}
     */
    private record Wish(
            @Nullable String backend,
            @Nullable String action,
            @Nullable Integer weight,
            @Nullable Long forSeconds,
            @Nullable String author,
            @Nullable String reason) {}

    /**
     * @param shared whether it reaches every proxy
     * @param why it does not
     * @param revision from which on an acknowledgement knows of it
     */
    private record Done(String backend, boolean shared, @Nullable String why, long revision, @Nullable Instant until) {}

    IntentAction(Sources sources, IntentBoard board, Json json) {
        this.sources = sources;
        this.board = board;
        this.json = json;
    }

    @Override
    public CompletionStage<Answer> act(Order order) {
        Wish wish = json.read(order.body(), Wish.class);
        LiveBackend.Key key = backend(wish.backend());
        Kind kind = kind(wish.action());
        String author = words("author", wish.author());
        String reason = words("reason", wish.reason());
        if (kind == Kind.ENABLE) {
            LOG.info("{} is enabled by {}: {}", key, author, reason);
            return board.remove(key.service(), key.id()).thenApply(placed -> done(key, placed, null, order));
        }
        Intent intent = new Intent(
                key.service(),
                key.id(),
                kind == Kind.DRAIN,
                kind == Kind.WEIGHT ? Optional.of(weight(wish.weight())) : Optional.empty(),
                sources.clock().instant().plus(life(wish.forSeconds())).truncatedTo(ChronoUnit.SECONDS),
                author,
                reason);
        LOG.info("{}: {} by {} until {}: {}", key, wish.action(), author, intent.until(), reason);
        return board.put(intent).thenApply(placed -> done(key, placed, intent.until(), order));
    }

    private Answer done(LiveBackend.Key key, Placed placed, @Nullable Instant until, Order order) {
        String why = placed.shared() ? null : placed.why();
        Done done = new Done(key.toString(), placed.shared(), why, placed.revision(), until);
        return json.answer(HttpResponseStatus.OK, done, order.allocator());
    }

    private LiveBackend.Key backend(@Nullable String name) {
        String known = name == null ? "" : name;
        int slash = known.indexOf('/');
        if (slash <= 0 || slash == known.length() - 1) {
            throw new BadOrder("backend is \"" + known + "\", expected SERVICE/BACKEND-ID");
        }
        RoutingTable table = sources.table().get();
        Service service = table == null ? null : table.services().get(known.substring(0, slash));
        if (service == null) {
            throw new BadOrder("service " + known.substring(0, slash) + " is not configured");
        }
        return service.backends().stream()
                .map(LiveBackend::key)
                .filter(key -> key.toString().equals(known))
                .findFirst()
                .orElseThrow(() -> new BadOrder("there is no backend " + known + "; " + service.name() + " has "
                        + service.backends().stream()
                                .map(backend -> backend.key().id())
                                .limit(20)
                                .collect(Collectors.joining(", "))));
    }

    private static Kind kind(@Nullable String action) {
        for (Kind kind : Kind.values()) {
            if (kind.name().toLowerCase(Locale.ROOT).equals(action)) {
                return kind;
            }
        }
        throw new BadOrder("action is \"" + action + "\", expected drain, weight or enable");
    }

    private static int weight(@Nullable Integer weight) {
        if (weight == null || weight < 0 || weight > MAX_WEIGHT) {
            throw new BadOrder("weight is " + weight + ", expected a whole number from 0 to " + MAX_WEIGHT);
        }
        return weight;
    }

    private static Duration life(@Nullable Long seconds) {
        if (seconds == null || seconds < 1 || seconds > LONGEST.toSeconds()) {
            throw new BadOrder("for_seconds is " + seconds + ", expected 1 to " + LONGEST.toSeconds());
        }
        return Duration.ofSeconds(seconds);
    }

    private static String words(String what, @Nullable String text) {
        String given = text == null ? "" : text;
        if (given.length() > MAX_WORDS || given.chars().anyMatch(Character::isISOControl)) {
            throw new BadOrder(what + " is " + given.length()
                    + " characters long or has control characters, expected a line" + " of at most " + MAX_WORDS);
        }
        return given;
    }
}
