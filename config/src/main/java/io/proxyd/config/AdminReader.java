package io.proxyd.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Reads {@code admin}. */
final class AdminReader {
    private static final String UNIX = "unix:";
    /** A longer path does not fit into a sockaddr_un (unix(7)). */
    private static final int MAX_UNIX_PATH_BYTES = 107;

    private static final ValueType<AdminConfig> ADDRESS =
            ValueType.ofText("HOST:PORT, such as 127.0.0.1:9901, or unix:/run/proxyd/admin.sock", AdminReader::parse);

    private AdminReader() {}

    static AdminConfig read(Section admin, List<ListenerConfig> listeners) {
        AdminConfig config = admin.read("address", ADDRESS);
        if (config instanceof AdminConfig.Tcp tcp && isTaken(tcp.address(), listeners)) {
            admin.problem(
                    "address",
                    Quoted.text(tcp.address().toString()) + " is the address of a listener; expected another one");
        }
        return config;
    }

    private static boolean isTaken(Address address, List<ListenerConfig> listeners) {
        return address.port() != 0
                && listeners.stream()
                        .map(listener -> ListenerReader.caseless(listener.address()))
                        .anyMatch(ListenerReader.caseless(address)::equals);
    }

    private static AdminConfig parse(String text) {
        if (!text.startsWith(UNIX)) {
            return new AdminConfig.Tcp(AddressText.parse(text, 0));
        }
        String path = text.substring(UNIX.length());
        if (!path.startsWith("/") || path.endsWith("/") || path.indexOf('\0') >= 0) {
            throw new BadValue("is not the absolute path of a socket");
        }
        if (path.getBytes(StandardCharsets.UTF_8).length > MAX_UNIX_PATH_BYTES) {
            throw BadValue.expecting("a path of at most " + MAX_UNIX_PATH_BYTES + " bytes", "is too long for a socket");
        }
        return new AdminConfig.Unix(Path.of(path));
    }
}
