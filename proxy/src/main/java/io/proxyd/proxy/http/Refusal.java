package io.proxyd.proxy.http;

/**
 * Thrown by the parsers for a message that is not strictly right. It carries no stack trace: it is a verdict on input,
 * not a fault of the program.
 */
public final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final FailureKind kind;

    /** @param detail what was found and what was expected, without the client's bytes */
    public Refusal(FailureKind kind, String detail) {
        super(detail, null, false, false);
        this.kind = kind;
    }

    public FailureKind kind() {
        return kind;
    }

    public String detail() {
        return String.valueOf(getMessage());
    }
}
