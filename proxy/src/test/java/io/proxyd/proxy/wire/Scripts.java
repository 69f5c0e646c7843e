package io.proxyd.proxy.wire;

import io.proxyd.proxy.wire.RawBackend.Script;

/** Scripts that several tests play. */
final class Scripts {
    private Scripts() {}

    /** Answers each request with its method, target and body, and says on which connection it came. */
    static Script echo() {
        return connection -> {
            while (true) {
                Message request = connection.request();
                connection.write(echoOf(request, connection));
            }
        };
    }

    static String echoOf(Message request, BackendConnection connection) {
        String body = request.head().method() + " " + request.target() + " " + request.text();
        return "HTTP/1.1 200 OK\r\nX-Connection: " + connection.number() + "\r\nContent-Length: " + body.length()
                + "\r\n\r\n" + (request.head().method().equals("HEAD") ? "" : body);
    }

    /** Reads requests and never answers. */
    static Script silent() {
        return connection -> {
            while (true) {
                connection.request();
            }
        };
    }

    /** Reads one request, sends these bytes and closes. */
    static Script once(String response) {
        return connection -> {
            connection.request();
            connection.write(response);
        };
    }
}
