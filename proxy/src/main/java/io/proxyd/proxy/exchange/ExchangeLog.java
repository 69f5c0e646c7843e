package io.proxyd.proxy.exchange;

/** Where ended exchanges are reported. Called from every event loop; must not block. */
public interface ExchangeLog {
    /** Takes nothing. */
    ExchangeLog OFF = new ExchangeLog() {
        @Override
        public boolean enabled() {
            return false;
        }

        @Override
        public void record(ExchangeRecord record) {}
    };

    /** Whether records are wanted; none is made where they are not. */
    boolean enabled();

    void record(ExchangeRecord record);
}
