package io.proxyd.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a service answers with when it has no backend for a request.
 *
 * @param service whose backends are asked instead; null for none
 * @param page an HTML file that is sent instead of proxyd's own page; null for none
 */
public record FallbackConfig(@Nullable String service, @Nullable Path page) {
    /** Nothing but proxyd's own answer. */
    public static final FallbackConfig NONE = new FallbackConfig(null, null);
}
