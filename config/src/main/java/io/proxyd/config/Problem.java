package io.proxyd.config;

/**
 * One thing that is wrong with a configuration.
 *
 * @param file as it was named when the configuration was loaded
 * @param line counted from 1; 0 when it is about the file as a whole
 * @param path the keys that lead there, such as {@code listeners[0].address}; empty when no key is meant
 * @param message the value and what was expected instead
 */
public record Problem(String file, int line, String path, String message) {
    /** Reads {@code proxyd.yaml:7: routes[0].service: message}, without the parts that are not known. */
    @Override
    public String toString() {
        String place = line > 0 ? file + ":" + line : file;
        return path.isEmpty() ? place + ": " + message : place + ": " + path + ": " + message;
    }
}
