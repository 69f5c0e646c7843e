package io.proxyd.config;

/** A host (name or IP literal, an IPv6 one without brackets) and a port, 0 to 65535. */
public record Address(String host, int port) {
    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
}
