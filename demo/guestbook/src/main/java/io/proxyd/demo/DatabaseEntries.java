package io.proxyd.demo;

import static com.mongodb.client.model.Filters.eq;
import static com.mongodb.client.model.Filters.lt;
import static com.mongodb.client.model.Sorts.descending;
import static com.mongodb.client.model.Updates.inc;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.UpdateOptions;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bson.Document;
import org.jspecify.annotations.Nullable;

/**
 * Entries in MongoDB, which any number of instances share. A counter beside them goes up with each, so that the many readers need
 * to fetch the entries only after there was one.
 */
final class DatabaseEntries implements Entries {
    /** With more than this in the database, all but the newest {@link #KEPT} are deleted. */
    private static final int MOST = 1000;

    private static final String COUNTER = "signed";

    private record Seen(long counter, List<Entry> newest) {}

    private final Database database;
    private volatile @Nullable Seen seen;

    /** Borrows the database. */
    DatabaseEntries(Database database) {
        this.database = database;
    }

    @Override
    public List<Entry> newest() throws IOException {
        return database.ask(mongo -> {
            // Read before the entries: what is signed meanwhile is then fetched once more, not missed.
            Document counter = counters(mongo).find(eq(COUNTER)).first();
            long now = counter == null ? 0 : counter.get("n", Number.class).longValue();
            Seen known = seen;
            if (known == null || known.counter() != now) {
                known = new Seen(now, fetch(mongo));
                seen = known;
            }
            return known.newest();
        });
    }

    private static List<Entry> fetch(MongoDatabase mongo) {
        List<Entry> newest = new ArrayList<>(KEPT);
        for (Document entry :
                entries(mongo).find().sort(descending("at", "_id")).limit(KEPT)) {
            Instant at = entry.getDate("at").toInstant();
            newest.add(new Entry(at, entry.getString("name"), entry.getString("message")));
        }
        return List.copyOf(newest);
    }

    @Override
    public void add(Entry entry) throws IOException {
        database.ask(mongo -> {
            entries(mongo)
                    .insertOne(new Document("at", Date.from(entry.at()))
                            .append("name", entry.name())
                            .append("message", entry.message()));
            counters(mongo).updateOne(eq(COUNTER), inc("n", 1L), new UpdateOptions().upsert(true));
            cutDown(mongo);
            return true;
        });
    }

    private static void cutDown(MongoDatabase mongo) {
        MongoCollection<Document> all = entries(mongo);
        if (all.estimatedDocumentCount() > MOST) {
            Document oldestKept =
                    all.find().sort(descending("at", "_id")).skip(KEPT - 1).first();
            if (oldestKept != null) {
                all.deleteMany(lt("at", oldestKept.getDate("at")));
            }
        }
    }

    private static MongoCollection<Document> entries(MongoDatabase mongo) {
        return mongo.getCollection("entries");
    }

    private static MongoCollection<Document> counters(MongoDatabase mongo) {
        return mongo.getCollection("counters");
    }

    @Override
    public Optional<String> problem() {
        return database.problem();
    }
}
