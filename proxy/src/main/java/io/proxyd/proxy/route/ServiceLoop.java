package io.proxyd.proxy.route;

/** What one event loop knows of one service; survives routing tables. Failures and times may be read by other threads. */
public final class ServiceLoop {
    private final Failures failures = new Failures();
    private final RetryBudget budget;
    private final Admission admission;
    private final RequestTimes times = new RequestTimes();
    private final LatencyWindow heads = new LatencyWindow();
    private final LatencyWindow connects = new LatencyWindow();

    /** @param loops how many there are */
    ServiceLoop(int loops) {
        budget = new RetryBudget(loops);
        admission = new Admission(loops);
    }

    public Failures failures() {
        return failures;
    }

    public RetryBudget budget() {
        return budget;
    }

    public Admission admission() {
        return admission;
    }

    public RequestTimes times() {
        return times;
    }

    /** From the start of an attempt to the head of its response. */
    public LatencyWindow heads() {
        return heads;
    }

    /** How long connects take. */
    public LatencyWindow connects() {
        return connects;
    }
}
