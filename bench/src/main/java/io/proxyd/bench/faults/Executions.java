package io.proxyd.bench.faults;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The ids of the POST requests that were executed, a line each, in a file that outlives a killed process. One thread. */
final class Executions implements AutoCloseable {
    private final OutputStream file;

    Executions(Path path) throws IOException {
        this.file = new FileOutputStream(path.toFile(), true);
    }

    void executed(String id) {
        try {
            file.write((id + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write the id " + id + " of an executed POST", e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
