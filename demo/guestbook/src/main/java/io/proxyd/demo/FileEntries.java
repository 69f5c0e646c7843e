package io.proxyd.demo;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.READ;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Entries in a file that several processes on one machine share.
 *
 * <p>Writers append under an exclusive lock of the file, readers read its end under a shared one. A file that outgrew
 * its bound is rewritten in place, so that every process keeps locking the same file. One object per file and process:
 * Java refuses a second lock of the same file from within one process.
 */
final class FileEntries implements Entries {
    /** Above this size the file is cut down to the newest {@link #KEPT} entries. */
    static final int MAX_FILE_BYTES = 1 << 20;

    private final Path file;
    private List<Entry> newest = List.of();
    private Version seen = new Version(-1, FileTime.fromMillis(0));

    /**
     * Creates the file if it is not there.
     *
     * @throws IOException when it cannot be written
     */
    FileEntries(Path file) throws IOException {
        this.file = file;
        try {
            FileChannel.open(file, CREATE, WRITE).close();
        } catch (IOException e) {
            throw new IOException("cannot open " + file + " for writing: " + e, e);
        }
    }

    @Override
    public synchronized List<Entry> newest() throws IOException {
        if (version().equals(seen)) {
            return newest;
        }
        try (FileChannel channel = FileChannel.open(file, READ);
                FileLock lock = channel.lock(0, Long.MAX_VALUE, true)) {
            assert lock.isShared();
            seen = version();
            newest = read(channel);
        }
        return newest;
    }

    @Override
    public synchronized void add(Entry entry) throws IOException {
        try (FileChannel channel = FileChannel.open(file, CREATE, READ, WRITE);
                FileLock lock = channel.lock()) {
            assert !lock.isShared();
            if (channel.size() > MAX_FILE_BYTES) {
                cutDown(channel);
            }
            String line = EntryLine.write(entry);
            append(channel, endsInMidLine(channel) ? "\n" + line : line);
        }
    }

    private void cutDown(FileChannel channel) throws IOException {
        List<Entry> kept = read(channel);
        StringBuilder lines = new StringBuilder();
        for (int i = kept.size() - 1; i >= 0; i--) {
            lines.append(EntryLine.write(kept.get(i)));
        }
        channel.truncate(0);
        append(channel, lines.toString());
    }

    /** The newest entries, newest first; looks at the last {@link #MAX_FILE_BYTES} only, whatever was put there. */
    private static List<Entry> read(FileChannel channel) throws IOException {
        long start = Math.max(0, channel.size() - MAX_FILE_BYTES);
        List<String> lines = new ArrayList<>(readFrom(channel, start).lines().toList());
        Collections.reverse(lines);
        return lines.stream()
                .map(EntryLine::read)
                .flatMap(Optional::stream)
                .limit(KEPT)
                .toList();
    }

    private static String readFrom(FileChannel channel, long start) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(channel.size() - start));
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, start + bytes.position()) < 0) {
                throw new EOFException("the file became shorter while it was locked for reading");
            }
        }
        return new String(bytes.array(), StandardCharsets.UTF_8);
    }

    private static boolean endsInMidLine(FileChannel channel) throws IOException {
        long size = channel.size();
        return size > 0 && !readFrom(channel, size - 1).equals("\n");
    }

    private static void append(FileChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        channel.position(channel.size());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private Version version() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new Version(attributes.size(), attributes.lastModifiedTime());
    }

    /** Tells whether another process has written since. */
    private record Version(long size, FileTime modified) {}
}
