package io.proxyd.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a service answers with when it has no backend for a request.
 *
 * @param service whose backends are asked instead; null for none
 * @param page that is sent instead of proxyd's own text; null for none
 */
public record FallbackConfig(@Nullable String service, @Nullable Page page) {
    /** Nothing but proxyd's own answer. */
    public static final FallbackConfig NONE = new FallbackConfig(null, null);

    /**
     * An HTML page, read when the configuration was: a page that has changed is a configuration that has changed.
     *
     * @param file where it was read from
     */
    public record Page(Path file, String html) {}
}
