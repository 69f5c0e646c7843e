package io.proxyd.discovery;

import java.time.Instant;
import java.util.Optional;

/**
 * What an operator wants for one backend, whatever its registration says; immutable.
 *
 * @param drain whether it shall take no new requests
 * @param weight instead of the registered one, 0 to 1000
 * @param until when the intent ends by itself
 * @param author who asked for it, such as {@code root@commander}
 * @param reason in the author's words
 */
public record Intent(
        String service,
        String id,
        boolean drain,
        Optional<Integer> weight,
        Instant until,
        String author,
        String reason) {

    /** The same with this weight. */
    Intent weighing(Optional<Integer> other) {
        return new Intent(service, id, drain, other, until, author, reason);
    }

    /** {@code <service>/<id>}. */
    public String name() {
        return service + "/" + id;
    }
}
