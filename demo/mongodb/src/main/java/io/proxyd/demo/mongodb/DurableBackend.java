package io.proxyd.demo.mongodb;

import de.bwaldvogel.mongo.backend.h2.H2Backend;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.message.MongoMessage;
import io.netty.channel.Channel;
import java.util.Locale;
import java.util.Set;
import org.h2.mvstore.MVStore;

/**
 * Answers a command that writes only when what it wrote is on the disk. The store itself would write a second later, which a
 * process that is killed or a node without power does not live to see. On the event loops of the server.
 */
final class DurableBackend extends H2Backend {
    private static final Set<String> READING = Set.of(
            "aggregate",
            "buildinfo",
            "count",
            "distinct",
            "endsessions",
            "find",
            "getmore",
            "getparameter",
            "hello",
            "ismaster",
            "killcursors",
            "listcollections",
            "listdatabases",
            "listindexes",
            "ping",
            "serverstatus",
            "whatsmyuri");

    /** Takes ownership of the store. */
    DurableBackend(MVStore store) {
        super(store);
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        Document answer = super.handleCommand(channel, database, command, query);
        keep(command);
        return answer;
    }

    @Override
    public Document handleMessage(MongoMessage message) {
        Document answer = super.handleMessage(message);
        keep(message.getDocument().keySet().iterator().next());
        return answer;
    }

    private void keep(String command) {
        if (!READING.contains(command.toLowerCase(Locale.ROOT))) {
            commit();
            getMvStore().sync();
        }
    }
}
