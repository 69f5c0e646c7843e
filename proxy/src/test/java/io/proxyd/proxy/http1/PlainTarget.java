package io.proxyd.proxy.http1;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A slow and plain reading of RFC 3986 sections 5.2.4 and 6.2.2, and of RFC 9112 section 3.2. */
final class PlainTarget {
    private static final Pattern ABSOLUTE = Pattern.compile("(?i:https?)://([^/?]+)(.*)");

    private PlainTarget() {}

    /** The path with its dot segments removed and its percent-encoding made normal; empty if an escape is broken. */
    static String path(String path) {
        if (Pattern.compile("%(?![0-9A-Fa-f]{2})").matcher(path).find()) {
            return "";
        }
        String decoded = Pattern.compile("%([0-9A-Fa-f]{2})").matcher(path).replaceAll(encoded -> {
            char c = (char) Integer.parseInt(encoded.group(1), 16);
            String text = String.valueOf(c);
            return Matcher.quoteReplacement(
                    text.matches("[A-Za-z0-9._~-]") ? text : encoded.group().toUpperCase(Locale.ROOT));
        });
        Deque<String> kept = new ArrayDeque<>();
        String[] segments = decoded.substring(1).split("/", -1);
        for (int i = 0; i < segments.length; i++) {
            boolean dots = segments[i].equals(".") || segments[i].equals("..");
            if (segments[i].equals("..")) {
                kept.pollLast();
            }
            if (!dots) {
                kept.add(segments[i]);
            } else if (i == segments.length - 1) {
                kept.add("");
            }
        }
        return "/" + String.join("/", kept);
    }

    /** What a request for this target is to be forwarded with. */
    static String forwarded(PlainMessage request) {
        String target = request.target();
        Matcher absolute = ABSOLUTE.matcher(target);
        if (absolute.matches()) {
            target = absolute.group(2);
            if (target.isEmpty()) {
                return request.method().equals("OPTIONS") ? "*" : "/";
            }
            target = target.startsWith("?") ? "/" + target : target;
        } else if (target.equals("*")) {
            return target;
        }
        int query = target.indexOf('?');
        return query < 0 ? path(target) : path(target.substring(0, query)) + target.substring(query);
    }

    /** The host and port that the request is for; empty if it names none. */
    static String authority(PlainMessage request) {
        Matcher absolute = ABSOLUTE.matcher(request.target());
        return absolute.matches() ? absolute.group(1) : String.join("", request.all("Host"));
    }
}
