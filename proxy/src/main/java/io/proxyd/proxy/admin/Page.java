package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One path of the admin interface. Called on the admin loop, which it may occupy for as long as it walks a table. */
interface Page {
    /** Returns an answer with an owned body. */
    Answer answer(Query query);

    /**
     * What is asked for.
     *
     * @param parameters of the query, decoded
     * @param accept the Accept field, or null
     */
    record Query(Map<String, List<String>> parameters, @Nullable String accept, ByteBufAllocator allocator) {
        /** The first value of a parameter, or null. */
        @Nullable String parameter(String name) {
            List<String> values = parameters.get(name);
            return values == null || values.isEmpty() ? null : values.get(0);
        }
    }
}
