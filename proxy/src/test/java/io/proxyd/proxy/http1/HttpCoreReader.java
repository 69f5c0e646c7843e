package io.proxyd.proxy.http1;

import io.proxyd.proxy.http1.PlainMessage.Line;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpMessage;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.DefaultContentLengthStrategy;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.impl.io.ContentLengthInputStream;
import org.apache.hc.core5.http.impl.io.DefaultClassicHttpRequestFactory;
import org.apache.hc.core5.http.impl.io.DefaultHttpRequestParser;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.impl.io.IdentityInputStream;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.apache.hc.core5.http.message.BasicClassicHttpRequest;

/** Reads messages as servers and clients do that are built on Apache HttpCore: another implementation, made by others. */
final class HttpCoreReader {
    private static final Http1Config CONFIG = Http1Config.DEFAULT;

    private final InputStream in;
    private final SessionInputBufferImpl buffer = new SessionInputBufferImpl(8192);
    private String target = "";

    HttpCoreReader(String stream) {
        in = new ByteArrayInputStream(stream.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Whether all was read. */
    boolean atEnd() throws IOException {
        return buffer.length() == 0 && in.available() == 0;
    }

    PlainMessage request() throws IOException, HttpException {
        DefaultHttpRequestParser parser = new DefaultHttpRequestParser(CONFIG, null, new TargetsAsTheyAre());
        ClassicHttpRequest request = parser.parse(buffer, in);
        String start =
                request.getMethod() + " " + target + " " + request.getVersion().getMinor();
        return message(start, request, 0);
    }

    PlainMessage response(String method) throws IOException, HttpException {
        ClassicHttpResponse response = new DefaultHttpResponseParser(CONFIG).parse(buffer, in);
        int status = response.getCode();
        String reason = response.getReasonPhrase();
        String start = status + " " + (reason == null ? "" : reason);
        boolean bodiless = method.equals("HEAD") || status < 200 || status == 204 || status == 304;
        return bodiless
                ? new PlainMessage(start, lines(response.getHeaders()), "", List.of())
                : message(start, response, ContentLengthStrategy.UNDEFINED);
    }

    /** Keeps a target away from {@link java.net.URI}, which changes it. */
    private final class TargetsAsTheyAre extends DefaultClassicHttpRequestFactory {
        @Override
        public ClassicHttpRequest newHttpRequest(String method, String uri) {
            target = uri;
            return new BasicClassicHttpRequest(method, "/");
        }
    }

    /** @param unframed the length where no field says one */
    private PlainMessage message(String start, HttpMessage head, long unframed) throws IOException, HttpException {
        List<Line> fields = lines(head.getHeaders());
        long length = DefaultContentLengthStrategy.INSTANCE.determineLength(head);
        if (length == ContentLengthStrategy.CHUNKED) {
            try (ChunkedInputStream chunks = new ChunkedInputStream(buffer, in)) {
                String body = text(chunks);
                return new PlainMessage(start, fields, body, lines(chunks.getFooters()));
            }
        }
        length = length == ContentLengthStrategy.UNDEFINED ? unframed : length;
        try (InputStream content =
                length < 0 ? new IdentityInputStream(buffer, in) : new ContentLengthInputStream(buffer, in, length)) {
            return new PlainMessage(start, fields, text(content), List.of());
        }
    }

    private static String text(InputStream content) throws IOException {
        return new String(content.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    private static List<Line> lines(Header[] headers) {
        List<Line> lines = new ArrayList<>();
        Arrays.stream(headers).forEach(h -> lines.add(new Line(h.getName(), h.getValue() == null ? "" : h.getValue())));
        return lines;
    }
}
