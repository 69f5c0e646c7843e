package io.proxyd.proxy.admin;

import io.proxyd.discovery.IntentBoard;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an operator can do through the admin interface.
 *
 * @param board where intents go
 * @param accept carries out the removals that the brake holds, of one service or of all (null); tells how many they were
 */
public record Operations(IntentBoard board, Function<@Nullable String, CompletionStage<Integer>> accept) {}
