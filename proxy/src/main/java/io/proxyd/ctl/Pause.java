package io.proxyd.ctl;

/** Waits, as {@link Thread#sleep(long)} does. */
interface Pause {
    void millis(long millis) throws InterruptedException;
}
