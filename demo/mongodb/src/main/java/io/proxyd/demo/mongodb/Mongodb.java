package io.proxyd.demo.mongodb;

import de.bwaldvogel.mongo.MongoServer;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Starts the database and runs it until SIGTERM or SIGINT. */
@Command(
        name = "mongodb",
        mixinStandardHelpOptions = true,
        description = "A small database that speaks MongoDB's wire protocol, for a demonstration.")
public final class Mongodb implements Callable<Integer> {
    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "address to listen on; default: ${DEFAULT-VALUE}")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "27017",
            description = "0 takes a free one; default: ${DEFAULT-VALUE}")
    private int port;

    @Option(names = "--data", paramLabel = "FOLDER", required = true, description = "where the database is kept")
    private Path data = Path.of("");

    public static void main(String[] args) {
        int status = new CommandLine(new Mongodb()).execute(args);
        if (status != 0) {
            System.exit(status);
        }
    }

    /** Returns when connections are accepted; the threads of the server keep the process alive. */
    @Override
    public Integer call() {
        if (port < 0 || port > 65535) {
            System.err.println("mongodb: --port " + port + " is not between 0 and 65535");
            return 2;
        }
        try {
            Files.createDirectories(data);
            MVStore store = new MVStore.Builder()
                    .fileName(data.resolve("database.mv").toString())
                    .autoCommitDisabled()
                    .open();
            MongoServer server = new MongoServer(new DurableBackend(store));
            server.bind(new InetSocketAddress(host, port));
            Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow, "stop"));
            System.out.println("mongodb answers on " + host + ":"
                    + server.getLocalAddress().getPort());
            return 0;
        } catch (MVStoreException e) {
            System.err.println(
                    "mongodb: --data " + data + " cannot be opened; does another process use it? " + e.getMessage());
            return 1;
        } catch (java.io.IOException | RuntimeException e) {
            System.err.println("mongodb: cannot listen on " + host + ":" + port + " with --data " + data + ": " + e);
            return 1;
        }
    }
}
