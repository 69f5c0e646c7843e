package io.proxyd.discovery.file;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What lies in a registry folder right now.
 *
 * @param files by key: {@code DIR/<service>/<backend-id>.json}, and {@code DIR/<service>.json} for a single key
 * @param misplaced what is neither a file nor the folder of a service, by the key it would have
 * @param unreadable why the folder of a service could not be listed, by the start of its keys
 */
record FolderListing(Map<String, Path> files, Map<String, Path> misplaced, Map<String, String> unreadable) {
    static final String SUFFIX = ".json";

    /** The folders of services in this folder. */
    static Set<Path> services(Path root) throws IOException {
        Set<Path> services = new HashSet<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(root)) {
            for (Path path : paths) {
                if (!isHidden(path) && Files.isDirectory(path)) {
                    services.add(path);
                }
            }
        }
        return services;
    }

    static FolderListing of(Path root, Set<Path> services) throws IOException {
        FolderListing listing = new FolderListing(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());
        listing.addSingles(root);
        for (Path service : services) {
            String keyPrefix = service.getFileName() + "/";
            try {
                listing.addService(service, keyPrefix);
            } catch (NoSuchFileException | NotDirectoryException removed) {
                // Between the two looks; its removal is an event of its own.
            } catch (IOException e) {
                listing.unreadable.put(keyPrefix, "folder " + service + " cannot be listed: " + e);
            }
        }
        return listing;
    }

    private void addSingles(Path root) throws IOException {
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(root)) {
            for (Path path : paths) {
                if (isRegistration(path) && !Files.isDirectory(path)) {
                    add("", path);
                }
            }
        }
    }

    private void addService(Path folder, String keyPrefix) throws IOException {
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
            for (Path path : paths) {
                if (isRegistration(path)) {
                    add(keyPrefix, path);
                } else if (!isHidden(path) && Files.isDirectory(path)) {
                    misplaced.put(keyPrefix + path.getFileName() + "/", path);
                }
            }
        }
    }

    /** Only a regular file is ever opened: reading a pipe would wait for its writer. */
    private void add(String keyPrefix, Path path) {
        String name = String.valueOf(path.getFileName());
        String key = keyPrefix + name.substring(0, name.length() - SUFFIX.length());
        try {
            boolean regular =
                    Files.readAttributes(path, BasicFileAttributes.class).isRegularFile();
            (regular ? files : misplaced).put(key, path);
        } catch (IOException removed) {
            // Since it was listed, or it is a link to nothing.
        }
    }

    private static boolean isRegistration(Path path) {
        return !isHidden(path) && path.toString().endsWith(SUFFIX);
    }

    /** Editors and careful writers keep their unfinished files under such names. */
    private static boolean isHidden(Path path) {
        return String.valueOf(path.getFileName()).startsWith(".");
    }
}
