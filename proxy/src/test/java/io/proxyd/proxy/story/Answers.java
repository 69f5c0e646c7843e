package io.proxyd.proxy.story;

/** What a {@link StoryBackend} answers, so that clients can tell a right answer from one that belongs to another request. */
final class Answers {
    /** The field that names who answered. */
    static final String BACKEND = "x-backend";

    private Answers() {}

    static String body(String method, String target, String requestBody) {
        return method + " " + target + " with " + requestBody.length() + " bytes: " + requestBody;
    }
}
