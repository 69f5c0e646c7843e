package io.proxyd.discovery;

/**
 * A proxy sends nothing new to a draining backend and has nothing in flight there.
 *
 * @param registrations revision of the catalog it knew by then
 * @param intents revision of the intents it knew by then
 */
public record LetGo(long registrations, long intents) {}
