/** What a process hears from its system and tells it: signals and systemd. */
@org.jspecify.annotations.NullMarked
package io.proxyd.process;
