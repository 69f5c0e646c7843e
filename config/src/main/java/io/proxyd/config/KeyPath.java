package io.proxyd.config;

import java.util.regex.Pattern;

/** How the way to a value is written: {@code services.guestbook.backends[0]}. */
final class KeyPath {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._<-]+");

    private KeyPath() {}

    static String child(String path, String key) {
        String step = PLAIN.matcher(key).matches() ? key : Quoted.text(key);
        return path.isEmpty() ? step : path + "." + step;
    }

    static String item(String path, int index) {
        return path + "[" + index + "]";
    }
}
