package io.proxyd.demo;

import java.time.Instant;

/**
 * One signature in the guestbook; immutable.
 *
 * @param at when it was signed
 * @param name who signed, one line
 * @param message what they wrote; lines end with {@code \n}
 */
record Entry(Instant at, String name, String message) {}
