package io.proxyd.proxy.story;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A backend that can be told to misbehave, for a process of its own. It obeys the name of a {@link Misbehaviour} on each line of
 * its standard input, says {@code done} then, and ends with that input. SIGTERM ends it in order: what is in progress is answered.
 * It writes the target of each POST that it executes to a file. One thread for each connection.
 */
final class FaultyServer {
    private static final int BACKLOG = 64;
    private static final int FILL_MILLIS = 50;
    private static final long SERVICE_MILLIS = 2;
    private static final long SLOW_MILLIS = 10 * SERVICE_MILLIS;
    private static final long LATE_MILLIS = 500;
    private static final double REFUSED_SHARE = 0.3;
    private static final long ENDING_MILLIS = 2_000;

    private final String name;
    private final ServerSocket server;
    private final OutputStream executed;
    private final Random random = new Random(42);
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
    private final List<Socket> fillers = new ArrayList<>();
    private volatile Misbehaviour present = Misbehaviour.NONE;
    private volatile boolean ending;

    private FaultyServer(String name, ServerSocket server, OutputStream executed) {
        this.name = name;
        this.server = server;
        this.executed = executed;
    }

    /** Arguments: name, address, port (0 for a free one), file for the targets of executed POSTs. Prints its port. */
    public static void main(String[] args) throws IOException {
        try (ServerSocket server =
                        new ServerSocket(Integer.parseInt(args[2]), BACKLOG, InetAddress.getByName(args[1]));
                OutputStream executed = new FileOutputStream(args[3], true)) {
            FaultyServer faulty = new FaultyServer(args[0], server, executed);
            faulty.start("accept", faulty::accept);
            Runtime.getRuntime().addShutdownHook(new Thread(faulty::end, "end"));
            System.out.println(server.getLocalPort());
            faulty.obey();
            Runtime.getRuntime().halt(0); // whoever started it is gone
        }
    }

    private void obey() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            misbehave(Misbehaviour.valueOf(line));
            System.out.println("done");
        }
    }

    private void misbehave(Misbehaviour next) throws IOException {
        present = next;
        for (Socket filler : fillers) {
            filler.close();
        }
        fillers.clear();
        if (next == Misbehaviour.RESET_AT_ACCEPT) {
            for (Connection connection : connections) {
                connection.reset();
            }
        }
        if (next == Misbehaviour.DEAF) {
            fillBacklog();
            for (Connection connection : connections) {
                connection.close();
            }
        }
    }

    /** Linux drops what would open a connection while as many as the backlog allows wait to be accepted. */
    private void fillBacklog() throws IOException {
        while (true) {
            Socket filler = new Socket();
            fillers.add(filler);
            try {
                filler.connect(server.getLocalSocketAddress(), FILL_MILLIS);
            } catch (IOException full) {
                return;
            }
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                while (present == Misbehaviour.DEAF) {
                    park(1);
                }
                Connection connection = new Connection(socket);
                connections.add(connection);
                start("connection", connection::serve);
            }
        } catch (IOException closed) {
            return; // by end
        }
    }

    /** In the shutdown hook. */
    private void end() {
        ending = true;
        try {
            server.close();
            for (Connection connection : connections) {
                connection.closeIfIdle();
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ENDING_MILLIS);
        while (!connections.isEmpty() && System.nanoTime() < deadline) {
            park(1);
        }
    }

    private void start(String what, Runnable task) {
        Thread thread = new Thread(task, name + "-" + what);
        thread.setDaemon(true);
        thread.start();
    }

    private static void park(long millis) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    private synchronized void execute(String target) throws IOException {
        executed.write((target + "\n").getBytes(StandardCharsets.US_ASCII));
    }

    private synchronized boolean refuses() {
        return present == Misbehaviour.SOME_503 && random.nextDouble() < REFUSED_SHARE;
    }

    private final class Connection {
        private final Socket socket;
        private volatile boolean busy;

        Connection(Socket socket) {
            this.socket = socket;
        }

        void serve() {
            try (socket) {
                socket.setTcpNoDelay(true);
                if (present == Misbehaviour.RESET_AT_ACCEPT) {
                    reset();
                }
                InputStream in = new BufferedInputStream(socket.getInputStream());
                for (Message request = Message.read(in); request != null; request = Message.read(in)) {
                    busy = true;
                    answer(request);
                    busy = false;
                    if (ending) {
                        return;
                    }
                }
            } catch (IOException e) {
                return; // either side closed or reset it
            } finally {
                connections.remove(this);
            }
        }

        private void answer(Message request) throws IOException {
            Misbehaviour fault = present;
            park(fault == Misbehaviour.SLOW ? SLOW_MILLIS : SERVICE_MILLIS);
            if (fault == Misbehaviour.LATE) {
                park(LATE_MILLIS);
            }
            String method = request.word(0);
            String target = request.word(1);
            if (target.equals("/healthz")) {
                write(response("200 OK", "ok"));
                return;
            }
            if (refuses()) {
                write(response("503 Service Unavailable", "refused"));
                return;
            }
            if (method.equals("POST")) {
                execute(target);
            }
            answer(fault, response("200 OK", Answers.body(method, target, request.body())));
        }

        private void answer(Misbehaviour fault, byte[] response) throws IOException {
            switch (fault) {
                case RESET_AFTER_REQUEST -> reset();
                case RESET_IN_HEAD -> resetAfter(response, 20);
                case RESET_IN_BODY -> resetAfter(response, response.length - 5);
                case STALL_IN_BODY -> write(response, response.length - 5);
                case NO_ANSWER -> {}
                case NONE, RESET_AT_ACCEPT, SOME_503, SLOW, LATE, DEAF -> write(response);
            }
        }

        private byte[] response(String status, String body) {
            Map<String, String> fields =
                    ending ? Map.of(Answers.BACKEND, name, "connection", "close") : Map.of(Answers.BACKEND, name);
            return new Message("HTTP/1.1 " + status, fields, body).bytes();
        }

        private void write(byte[] bytes) throws IOException {
            write(bytes, bytes.length);
        }

        private void write(byte[] bytes, int count) throws IOException {
            socket.getOutputStream().write(bytes, 0, count);
        }

        private void resetAfter(byte[] bytes, int count) throws IOException {
            write(bytes, count);
            park(1);
            reset();
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        void close() throws IOException {
            socket.close();
        }

        void closeIfIdle() throws IOException {
            if (!busy) {
                socket.close();
            }
        }
    }
}
