package io.proxyd.demo.mongodb;

import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import io.netty.channel.Channel;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * Answers a command only when what it wrote is on the disk, whole. The store itself would write a second later, which a process
 * that is killed or a node without power does not live to see. Commands are carried out one at a time, so that no half of one
 * is written along with another.
 */
final class DurableBackend extends H2Backend {
    private static final int WRITES_BETWEEN_COMPACTIONS = 500;
    private static final int FILL_PERCENT = 50;
    private static final int COMPACTED_BYTES = 4 << 20;
    private static final int DISK_FAILED = 3;

    private int writes;

    /** @param store takes ownership of it; must not commit by itself */
    DurableBackend(MVStore store) {
        super(store);
    }

    @Override
    public synchronized Document handleCommand(Channel channel, String database, String command, Document query) {
        Document answer = super.handleCommand(channel, database, command, query);
        if (getMvStore().hasUnsavedChanges()) {
            keep();
        }
        return answer;
    }

    /** Where that fails memory holds what the disk does not: nobody must read it, so the process ends. */
    private void keep() {
        try {
            commit();
            getMvStore().sync();
            if (++writes % WRITES_BETWEEN_COMPACTIONS == 0) {
                getMvStore().compact(FILL_PERCENT, COMPACTED_BYTES);
            }
        } catch (MVStoreException e) {
            System.err.println("mongodb: ending, as the disk failed: " + e);
            Runtime.getRuntime().halt(DISK_FAILED);
        }
    }
}
