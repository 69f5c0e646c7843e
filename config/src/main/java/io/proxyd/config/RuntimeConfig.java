package io.proxyd.config;

import java.time.Duration;

/**
 * What is fixed for the life of the process; a change needs a restart.
 *
 * @param eventLoops number of event loops; 0 takes one per available core
 * @param drainTimeout how long in-flight exchanges may take to finish after a stop was asked for
 */
public record RuntimeConfig(int eventLoops, Transport transport, Duration drainTimeout) {
    /** Which kernel interface moves the bytes; AUTO takes io_uring, else epoll, else NIO. */
    public enum Transport {
        AUTO,
        IO_URING,
        EPOLL,
        NIO
    }
}
