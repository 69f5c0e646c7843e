package io.proxyd.demo;

import static io.netty.handler.codec.http.HttpHeaderNames.ALLOW;
import static io.netty.handler.codec.http.HttpHeaderNames.CACHE_CONTROL;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_SECURITY_POLICY;
import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_TYPE;
import static io.netty.handler.codec.http.HttpHeaderNames.LOCATION;
import static io.netty.handler.codec.http.HttpResponseStatus.BAD_REQUEST;
import static io.netty.handler.codec.http.HttpResponseStatus.INTERNAL_SERVER_ERROR;
import static io.netty.handler.codec.http.HttpResponseStatus.METHOD_NOT_ALLOWED;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SEE_OTHER;
import static io.netty.handler.codec.http.HttpResponseStatus.SERVICE_UNAVAILABLE;
import static io.netty.handler.codec.http.HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/**
 * The pages of the guestbook: which path and method gets which answer.
 *
 * <p>May be called from any thread; blocks as long as the entries do.
 */
final class GuestbookPages {
    private final Entries entries;
    private final Page page;
    private final Clock clock;

    GuestbookPages(Entries entries, Page page, Clock clock) {
        this.entries = entries;
        this.page = page;
        this.clock = clock;
    }

    /** Answers one whole request, whatever it is; borrows the request. */
    Reply answer(FullHttpRequest request) {
        try {
            String path = new QueryStringDecoder(request.uri()).rawPath();
            return switch (path) {
                case "/" -> isRead(request) ? page(OK, SignForm.EMPTY) : notAllowed("GET, HEAD");
                case "/sign" -> request.method().equals(HttpMethod.POST) ? sign(request) : notAllowed("POST");
                case "/healthz" -> isRead(request) ? health() : notAllowed("GET, HEAD");
                case "/favicon.svg", "/favicon.ico" -> isRead(request) ? icon() : notAllowed("GET, HEAD");
                default -> Reply.text(NOT_FOUND, "There is no such page here.");
            };
        } catch (IOException e) {
            System.err.println("guestbook: " + request.method() + " " + request.uri() + " failed: " + e);
            return Reply.text(INTERNAL_SERVER_ERROR, "The entries cannot be reached right now.");
        }
    }

    private Reply health() {
        return entries.problem()
                .map(problem -> Reply.text(SERVICE_UNAVAILABLE, problem.replaceAll("\\s+", " ")))
                .orElseGet(() -> Reply.text(OK, "ok"));
    }

    private Reply sign(FullHttpRequest request) throws IOException {
        CharSequence type = HttpUtil.getMimeType(request);
        if (type == null || !HttpHeaderValues.APPLICATION_X_WWW_FORM_URLENCODED.contentEqualsIgnoreCase(type)) {
            return Reply.text(UNSUPPORTED_MEDIA_TYPE, "A form is expected: application/x-www-form-urlencoded.");
        }
        SignForm form;
        try {
            form = SignForm.parse(request.content().toString(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            return Reply.text(BAD_REQUEST, "The form cannot be read: " + e.getMessage());
        }
        Optional<String> problem = form.problem();
        if (problem.isPresent()) {
            return page(BAD_REQUEST, form, problem);
        }
        try {
            entries.add(form.signedAt(clock.instant().truncatedTo(ChronoUnit.MILLIS)));
        } catch (DatabaseAwayException e) {
            String unsure = e.getCause() == null ? "This was not saved." : "This may not have been saved.";
            return html(SERVICE_UNAVAILABLE, page.drawAway(form, Optional.of(unsure)));
        }
        return new Reply(SEE_OTHER, Map.of(LOCATION, "/"), "", true);
    }

    private Reply page(HttpResponseStatus status, SignForm form) throws IOException {
        return page(status, form, Optional.empty());
    }

    private Reply page(HttpResponseStatus status, SignForm form, Optional<String> problem) throws IOException {
        try {
            return html(status, page.draw(entries.newest(), form, problem));
        } catch (DatabaseAwayException e) {
            return html(SERVICE_UNAVAILABLE, page.drawAway(form, problem));
        }
    }

    private static Reply html(HttpResponseStatus status, String body) {
        Map<CharSequence, String> headers = Map.of(
                CONTENT_TYPE,
                "text/html; charset=utf-8",
                CONTENT_SECURITY_POLICY,
                Page.CONTENT_SECURITY_POLICY,
                CACHE_CONTROL,
                "no-store",
                HttpHeaderNames.X_FRAME_OPTIONS,
                "DENY");
        return new Reply(status, headers, body, true);
    }

    private static Reply icon() {
        Map<CharSequence, String> headers = Map.of(CONTENT_TYPE, "image/svg+xml", CACHE_CONTROL, "max-age=86400");
        return new Reply(OK, headers, Page.ICON, false);
    }

    private static Reply notAllowed(String allowed) {
        return new Reply(METHOD_NOT_ALLOWED, Map.of(ALLOW, allowed), "", false);
    }

    private static boolean isRead(FullHttpRequest request) {
        return request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD);
    }
}
