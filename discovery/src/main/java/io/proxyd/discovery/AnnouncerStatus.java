package io.proxyd.discovery;

/**
 * How an {@link Announcer} stands.
 *
 * @param detail one line for an operator: what it waits for and why, if it waits
 */
public record AnnouncerStatus(State state, String detail) {
    /** Where an announcer can be. */
    public enum State {
        /** Nothing is registered, as is wished. */
        WITHDRAWN,
        /** The registry has not answered yet, or not as it should: whatever is wished is tried again. */
        TRYING,
        REGISTERED,
        DRAINING,
        /** A newer announcer has the backend's key; this one waits until the key is gone. */
        STANDING_BY,
        CLOSED
    }

    /** Whether the registry said so when it was last asked. */
    public boolean isRegistered() {
        return state == State.REGISTERED || state == State.DRAINING;
    }
}
