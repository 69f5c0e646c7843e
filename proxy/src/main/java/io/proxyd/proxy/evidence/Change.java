package io.proxyd.proxy.evidence;

import java.util.Locale;

/** What may happen to a backend, a service or the registry. */
public enum Change {
    /** It is registered and was not. */
    REGISTERED,
    /** Its registration says another weight or state. */
    CHANGED,
    /** Its id is registered with another address. */
    MOVED,
    /** Its lease ended, but it is kept. */
    PROBATION,
    /** It left the registry and is held by the brake. */
    HELD,
    /** It was kept and is registered again. */
    RETURNED,
    /** It is there no more. */
    DROPPED,
    /** The brake began to hold backends of a service. */
    BRAKE_ENGAGED,
    /** The brake holds none of them any more. */
    BRAKE_RELEASED,
    /** An operator told the brake to let them go. */
    BRAKE_ACCEPTED,
    /** The registry goes on with another history. */
    HISTORY_BROKE,
    /** Requests are served from the last known good catalog. */
    SNAPSHOT_IN_USE,
    /** The registry answered, so that catalog is done with. */
    SNAPSHOT_REPLACED,
    /** Its health checks fail. */
    UNHEALTHY,
    /** Its health checks pass. */
    HEALTHY,
    /** It is out for a while, for what requests met there. */
    EJECTED,
    /** It would be, but too many others of its service are. */
    EJECTION_REFUSED,
    /** It proved itself after that. */
    RESTORED,
    /** Its health check says that it wants no new requests. */
    DRAINING,
    /** Its health check does not say so any more. */
    DRAINING_ENDED,
    /** An operator's intent is in force. */
    INTENT_SET,
    /** An operator's intent is over. */
    INTENT_ENDED,
    /** A registration cannot be understood. */
    QUARANTINED,
    /** It can be again, or is gone. */
    QUARANTINE_ENDED;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** The one word for it in the API and on the terminal. */
    public String label() {
        return label;
    }
}
