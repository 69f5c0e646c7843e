package io.proxyd.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What is fixed for the life of the process; a change needs a restart.
 *
 * @param eventLoops number of event loops; 0 takes one per available core
 * @param drainTimeout how long in-flight exchanges may take to finish after a stop was asked for
 * @param zone where proxyd runs, compared with the metadata {@code zone} of backends; null for nowhere in particular
 * @param memoryShare of heap and of direct memory that may be in use before new requests are refused; 1 for no such limit
 */
public record RuntimeConfig(
        int eventLoops, Transport transport, Duration drainTimeout, @Nullable String zone, double memoryShare) {
    /** Which kernel interface moves the bytes; AUTO takes io_uring, else epoll, else NIO. */
    public enum Transport {
        AUTO,
        IO_URING,
        EPOLL,
        NIO
    }
}
