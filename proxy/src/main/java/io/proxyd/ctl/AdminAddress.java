package io.proxyd.ctl;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

/**
 * Where proxyd's admin interface listens.
 *
 * @param text as the operator wrote it
 * @param host what the Host field says
 */
record AdminAddress(String text, SocketAddress socket, String host) {
    private static final String EXPECTED = "expected http://HOST:PORT or unix:/PATH";

    /**
     * Reads {@code http://host:port}, {@code host:port} or {@code unix:/path}.
     *
     * @throws IllegalArgumentException with the text and what was expected
     */
    static AdminAddress parse(String text) {
        if (text.startsWith("unix:")) {
            String path = text.substring("unix:".length()).replaceFirst("^//(?=/)", "");
            if (!path.startsWith("/")) {
                throw new IllegalArgumentException(text + ": the path of a socket begins with /, " + EXPECTED);
            }
            return new AdminAddress(text, UnixDomainSocketAddress.of(Path.of(path)), "localhost");
        }
        URI uri = uri(text);
        boolean plain = uri.getRawPath().isEmpty() || uri.getRawPath().equals("/");
        boolean port = uri.getPort() >= 0 && uri.getPort() <= 65_535;
        if (!"http".equals(uri.getScheme()) || uri.getHost() == null || !port || !plain) {
            throw new IllegalArgumentException(text + ": " + EXPECTED);
        }
        String host = uri.getHost().replaceAll("[\\[\\]]", "");
        return new AdminAddress(text, new InetSocketAddress(host, uri.getPort()), uri.getRawAuthority());
    }

    private static URI uri(String text) {
        try {
            URI uri = new URI(text.contains("://") ? text : "http://" + text);
            if (uri.getRawPath() == null) {
                throw new IllegalArgumentException(text + ": " + EXPECTED);
            }
            return uri;
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(text + ": " + EXPECTED, e);
        }
    }
}
