package io.proxyd.proxy.admin;

import io.proxyd.discovery.IntentBoard;
import io.proxyd.proxy.exchange.TracedExchange;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an operator can do through the admin interface.
 *
 * @param board where intents go
 * @param accept carries out the removals that the brake holds, of one service or of all (null); tells how many they were
 * @param trace what is remembered of the newest request with an id
 */
public record Operations(
        IntentBoard board,
        Function<@Nullable String, CompletionStage<Integer>> accept,
        Function<String, CompletionStage<Optional<TracedExchange>>> trace) {}
