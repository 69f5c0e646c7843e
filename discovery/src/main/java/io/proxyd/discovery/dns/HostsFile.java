package io.proxyd.discovery.dns;

import io.netty.resolver.HostsFileEntriesProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The system's hosts file, read again when it changes. Used by the resolver's thread alone. */
final class HostsFile {
    private static final Logger log = LoggerFactory.getLogger(HostsFile.class);
    static final Path SYSTEM = Path.of("/etc/hosts");

    private final Path path;
    private Map<String, List<InetAddress>> ipv4 = Map.of();
    private Map<String, List<InetAddress>> ipv6 = Map.of();
    private @Nullable Version read;

    HostsFile(Path path) {
        this.path = path;
    }

    private record Version(FileTime changed, long bytes, @Nullable Object fileKey) {}

    /** The addresses of a name, IPv4 before IPv6; empty when the file does not know it. */
    List<InetAddress> addresses(String host) {
        refresh();
        String name = host.toLowerCase(Locale.ROOT);
        List<InetAddress> addresses = new ArrayList<>(ipv4.getOrDefault(name, List.of()));
        addresses.addAll(ipv6.getOrDefault(name, List.of()));
        return addresses;
    }

    private void refresh() {
        try {
            Version now = version();
            if (now.equals(read)) {
                return;
            }
            HostsFileEntriesProvider names =
                    HostsFileEntriesProvider.parser().parse(path.toFile(), StandardCharsets.UTF_8);
            ipv4 = names.ipv4Entries();
            ipv6 = names.ipv6Entries();
            read = now;
        } catch (IOException e) {
            if (read != null) {
                log.warn("{} cannot be read ({}); what it said before stays", path, e.toString());
            }
            read = null;
        }
    }

    private Version version() throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new Version(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    }
}
