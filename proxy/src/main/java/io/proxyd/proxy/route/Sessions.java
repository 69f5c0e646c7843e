package io.proxyd.proxy.route;

import io.proxyd.config.BalancingConfig.Sticky;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds the backend that a request's cookie names, and writes such cookies. A value is the first 32 bits of the hash of a
 * backend's identity: the same in every proxy and after a restart, and too little to tell host and port from. Immutable.
 */
final class Sessions {
    private final Sticky sticky;
    private final CookieField cookie;
    private final ByteMap<LiveBackend> backends;

    Sessions(Sticky sticky, List<LiveBackend> all) {
        this.sticky = sticky;
        this.cookie = new CookieField(sticky.cookie());
        Map<String, LiveBackend> byValue = new HashMap<>();
        all.forEach(backend -> byValue.putIfAbsent(value(backend), backend));
        this.backends = new ByteMap<>(byValue);
    }

    /** The backend that began the session of a request; null if there is no session, or the backend is gone. */
    @Nullable LiveBackend backend(RequestHead head) {
        long found = cookie.find(head);
        return found == CookieField.ABSENT
                ? null
                : backends.get(head.bytes(), CookieField.start(found), CookieField.end(found));
    }

    /** The line of a response by which a client comes back to this backend. */
    byte[] line(LiveBackend backend) {
        String age = sticky.maxAge().isZero() ? "" : "; Max-Age=" + seconds();
        String line = "Set-Cookie: " + sticky.cookie() + "=" + value(backend) + "; Path=/" + age
                + "; HttpOnly; SameSite=Lax\r\n";
        return line.getBytes(StandardCharsets.US_ASCII);
    }

    /** Rounded up, as 0 would delete the cookie. */
    private long seconds() {
        return TimeUnit.MILLISECONDS.toSeconds(sticky.maxAge().toMillis() + 999);
    }

    static String value(LiveBackend backend) {
        return HexFormat.of().toHexDigits((int) (backend.identity() >>> Integer.SIZE));
    }
}
