package io.proxyd.discovery.disk;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.Quarantined;
import io.proxyd.discovery.Registration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The last good catalog in a file: one line of JSON that says what follows, with its SHA-256, then the catalog as JSON.
 *
 * <p>Written to a file beside it, forced to the disk and renamed, so that a reader finds the old content or the new one,
 * and nothing between. Not safe for two threads.
 */
public final class CatalogFile {
    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 256 * 1024 * 1024;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final Path file;
    private final String registry;

    private record Header(int format, String sha256) {}

    private record Body(
            String registry,
            String cluster,
            long revision,
            Instant confirmed,
            List<Registration> registrations,
            List<Quarantined> quarantined) {}

    /** @param registry which one the catalog is of, in words; a catalog of another one is not used */
    public CatalogFile(Path file, String registry) {
        this.file = file;
        this.registry = registry;
    }

    public Path path() {
        return file;
    }

    /**
     * Reads what is kept; empty if there is no file.
     *
     * @throws CatalogFileException if the file holds something else than a whole catalog of this registry
     * @throws IOException if it cannot be read
     */
    public Optional<KeptCatalog> read() throws IOException {
        byte[] bytes;
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new CatalogFileException(
                        file, "is larger than " + MAX_BYTES + " bytes, expected at most that many");
            }
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException none) {
            return Optional.empty();
        }
        return Optional.of(decode(bytes));
    }

    private KeptCatalog decode(byte[] bytes) {
        int lineEnd = 0;
        while (lineEnd < bytes.length && bytes[lineEnd] != '\n') {
            lineEnd++;
        }
        byte[] content = Arrays.copyOfRange(bytes, Math.min(lineEnd + 1, bytes.length), bytes.length);
        Header header = parse(Arrays.copyOf(bytes, lineEnd), Header.class, "the first line");
        if (header.format() != FORMAT) {
            throw new CatalogFileException(file, "has format " + header.format() + ", expected " + FORMAT);
        }
        String sum = sha256(content);
        if (!sum.equals(header.sha256())) {
            throw new CatalogFileException(
                    file,
                    "content has the SHA-256 " + sum + ", expected " + header.sha256() + " as its first line says");
        }
        Body body = parse(content, Body.class, "the catalog");
        if (!body.registry().equals(registry)) {
            throw new CatalogFileException(file, "is of the registry " + body.registry() + ", expected " + registry);
        }
        Lineage lineage = new Lineage(Long.parseUnsignedLong(body.cluster(), 16), 0, "", true);
        Catalog catalog = new Catalog(body.revision(), lineage, body.registrations(), body.quarantined(), Set.of());
        return new KeptCatalog(catalog, body.confirmed());
    }

    private <T> T parse(byte[] json, Class<T> type, String what) {
        try {
            return JSON.readValue(json, type);
        } catch (JacksonException e) {
            throw new CatalogFileException(file, what + " is not what proxyd writes: " + e.getOriginalMessage());
        }
    }

    /**
     * Replaces what is kept.
     *
     * @throws IOException if that fails; then the former content stays
     */
    public void write(KeptCatalog kept) throws IOException {
        Catalog catalog = kept.catalog();
        byte[] content = JSON.writeValueAsBytes(new Body(
                registry,
                Long.toHexString(catalog.lineage().cluster()),
                catalog.revision(),
                kept.confirmed(),
                catalog.registrations(),
                catalog.quarantined()));
        String header = JSON.writeValueAsString(new Header(FORMAT, sha256(content))) + "\n";
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            writeAll(channel, header.getBytes(StandardCharsets.UTF_8));
            writeAll(channel, content);
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    /** Moves the file out of the way, so that it can be looked at; returns where it is now. */
    public Path setAside() throws IOException {
        Path aside = file.resolveSibling(file.getFileName() + ".refused");
        return Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
    }

    private static void writeAll(FileChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
