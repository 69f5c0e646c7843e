package io.proxyd.config;

import static java.util.Map.entry;

import io.proxyd.config.BalancingConfig.Algorithm;
import io.proxyd.config.BalancingConfig.HashKey;
import io.proxyd.config.BalancingConfig.Panic;
import io.proxyd.config.BalancingConfig.Sticky;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the keys of a service that say how requests are spread over its backends. */
final class BalancingReader {
    /** RFC 9110, section 5.6.2. */
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}");

    private static final ValueType<Algorithm> ALGORITHM = ValueTypes.oneOf(
            entry("peak-ewma", Algorithm.PEAK_EWMA),
            entry("least-request", Algorithm.LEAST_REQUEST),
            entry("round-robin", Algorithm.ROUND_ROBIN),
            entry("random", Algorithm.RANDOM),
            entry("consistent-hash", Algorithm.CONSISTENT_HASH));
    private static final ValueType<HashKey> HASH_KEY =
            ValueType.ofText("client-address, path, header:NAME or cookie:NAME", BalancingReader::hashKey);
    private static final ValueType<Double> SHARE = ValueTypes.number(0, 1);
    private static final ValueType<String> COOKIE =
            ValueType.ofText("the name of a cookie, such as backend", BalancingReader::token);
    private static final ValueType<Panic.Mode> MODE = ValueTypes.oneOf(
            entry("use-all", Panic.Mode.USE_ALL),
            entry("last-known", Panic.Mode.LAST_KNOWN),
            entry("fail", Panic.Mode.FAIL));

    private BalancingReader() {}

    static BalancingConfig read(Section service) {
        Section panic = service.section("panic");
        return new BalancingConfig(
                service.read("balance", ALGORITHM),
                service.read("hash-key", HASH_KEY),
                service.read("slow-start", DurationText.TIMEOUT_OR_NONE),
                service.read("zone-share", SHARE),
                sticky(service.section("sticky")),
                new Panic(panic.read("share", SHARE), panic.read("mode", MODE)));
    }

    private static @Nullable Sticky sticky(Section sticky) {
        Duration maxAge = sticky.read("max-age", DurationText.TIMEOUT_OR_NONE);
        return sticky.find("cookie", COOKIE)
                .map(name -> new Sticky(name, maxAge))
                .orElse(null);
    }

    private static HashKey hashKey(String text) {
        if (text.equals("client-address")) {
            return new HashKey.ClientAddress();
        }
        if (text.equals("path")) {
            return new HashKey.Path();
        }
        if (text.startsWith("header:")) {
            return new HashKey.Header(token(text.substring("header:".length())));
        }
        if (text.startsWith("cookie:")) {
            return new HashKey.Cookie(token(text.substring("cookie:".length())));
        }
        throw new BadValue("is not a part of a request");
    }

    private static String token(String text) {
        if (!TOKEN.matcher(text).matches()) {
            throw new BadValue("is not a name");
        }
        return text;
    }
}
