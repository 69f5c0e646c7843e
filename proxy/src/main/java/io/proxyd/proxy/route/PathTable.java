package io.proxyd.proxy.route;

import io.proxyd.proxy.http.RequestHead;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Path prefixes of one host. A prefix matches whole segments: {@code /a} matches {@code /a} and {@code /a/b}, not {@code /ab}. */
final class PathTable {
    private final ByteMap<Route> prefixes;
    private final @Nullable Route root;

    PathTable(Map<String, Route> byPrefix) {
        Map<String, Route> trimmed = new HashMap<>();
        byPrefix.forEach((prefix, route) ->
                trimmed.put(prefix.endsWith("/") ? prefix.substring(0, prefix.length() - 1) : prefix, route));
        root = trimmed.remove("");
        prefixes = new ByteMap<>(trimmed);
    }

    /** The one of the longest prefix, or null; {@code OPTIONS *} takes that of the root. */
    @Nullable Route find(RequestHead head) {
        Route best = root;
        if (prefixes.isEmpty()) {
            return best;
        }
        byte[] target = head.target();
        int start = head.targetStart();
        int end = Math.min(head.pathEnd(), start + prefixes.longestKey() + 1);
        int hash = 0;
        for (int i = start; i <= end && i <= head.pathEnd(); i++) {
            boolean border = i > start && (i == head.pathEnd() || target[i] == '/');
            if (border) {
                Route found = prefixes.get(target, start, i, hash);
                best = found == null ? best : found;
            }
            if (i < head.pathEnd()) {
                hash = ByteMap.hashStep(hash, target[i]);
            }
        }
        return best;
    }
}
