package io.proxyd.discovery;

/**
 * What became of an intent.
 *
 * @param shared whether every proxy gets it
 * @param why it is not shared; empty if it is
 * @param revision a {@link LetGo#intents} that is not smaller was said with this intent known
 */
public record Placed(boolean shared, String why, long revision) {}
