package io.proxyd.proxy.story;

/** What befalls backends while requests run. */
enum Fault {
    KILLED,
    PORT_CLOSED,
    FROZEN,
    SILENT_NETWORK,
    SYN_DROPPED(Misbehaviour.DEAF),
    RESET_AT_ACCEPT(Misbehaviour.RESET_AT_ACCEPT),
    RESET_AFTER_REQUEST(Misbehaviour.RESET_AFTER_REQUEST),
    RESET_IN_HEAD(Misbehaviour.RESET_IN_HEAD),
    RESET_IN_BODY(Misbehaviour.RESET_IN_BODY),
    NO_ANSWER(Misbehaviour.NO_ANSWER),
    STALL_IN_BODY(Misbehaviour.STALL_IN_BODY),
    LATE(Misbehaviour.LATE),
    SOME_503(Misbehaviour.SOME_503),
    SLOW(Misbehaviour.SLOW),
    FLAPPING,
    ROLLING_RESTARTS,
    ALL_DOWN;

    private static final int ABOUT_A_SECOND = OpenLoad.PER_SECOND;

    /** What the server does wrong; NONE if it is not the server's fault. */
    private final Misbehaviour misbehaviour;

    Fault() {
        this(Misbehaviour.NONE);
    }

    Fault(Misbehaviour misbehaviour) {
        this.misbehaviour = misbehaviour;
    }

    boolean befallsAll() {
        return this == ROLLING_RESTARTS || this == ALL_DOWN;
    }

    /**
     * From its beginning to its end.
     *
     * @param load tells by its requests how long it lasts
     */
    void play(FaultLab lab, FaultyProcess victim, OpenLoad load) {
        switch (this) {
            case KILLED -> kill(victim, load);
            case PORT_CLOSED -> restart(victim, load);
            case FROZEN -> {
                victim.freeze();
                load.awaitEnded(ABOUT_A_SECOND);
                victim.thaw();
            }
            case SILENT_NETWORK -> {
                lab.unplug(victim);
                load.awaitEnded(ABOUT_A_SECOND);
                lab.plug(victim);
            }
            case FLAPPING -> {
                kill(victim, load);
                load.awaitEnded(ABOUT_A_SECOND);
                kill(victim, load);
            }
            case ROLLING_RESTARTS ->
                lab.backends().forEach(backend -> {
                    restart(backend, load);
                    load.awaitEnded(ABOUT_A_SECOND);
                });
            case ALL_DOWN -> {
                lab.backends().forEach(FaultyProcess::kill);
                load.awaitEnded(ABOUT_A_SECOND);
                lab.backends().forEach(FaultyProcess::start);
            }
            default -> {
                victim.misbehave(misbehaviour);
                load.awaitEnded(ABOUT_A_SECOND);
                victim.misbehave(Misbehaviour.NONE);
            }
        }
    }

    private static void kill(FaultyProcess victim, OpenLoad load) {
        victim.kill();
        load.awaitEnded(ABOUT_A_SECOND);
        victim.start();
    }

    private static void restart(FaultyProcess victim, OpenLoad load) {
        victim.stop();
        load.awaitEnded(ABOUT_A_SECOND);
        victim.start();
    }
}
