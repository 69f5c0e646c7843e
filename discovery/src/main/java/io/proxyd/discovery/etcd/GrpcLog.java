package io.proxyd.discovery.etcd;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The log of gRPC, which it writes past SLF4J: only severe records are left, unless someone set a level. What fails is
 * told by those who call.
 */
final class GrpcLog {
    /** Held, since java.util.logging forgets the level of a logger that no one holds. */
    private final Logger log = Logger.getLogger("io.grpc");

    void quiet() {
        if (log.getLevel() == null) {
            log.setLevel(Level.SEVERE);
        }
    }
}
