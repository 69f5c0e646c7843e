package io.proxyd.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The head of a message as one flat block: the bytes as received and an index of offsets into them. Belongs to one event
 * loop; reused from message to message, so nothing in it outlives its exchange.
 */
public abstract sealed class Head permits RequestHead, ResponseHead {
    private static final int STRIDE = 5;
    private static final int INITIAL_BYTES = 1024;
    private static final int INITIAL_FIELDS = 24;

    private byte[] bytes = new byte[INITIAL_BYTES];
    private int length;
    private int[] index = new int[INITIAL_FIELDS * STRIDE];
    private int fieldCount;
    private int known;
    private int minorVersion;
    private boolean keepAlive;
    private boolean upgradeNamed;
    private Framing framing = Framing.NONE;
    private long contentLength;

    /** Forgets the message, keeps the space. */
    public void clear() {
        length = 0;
        fieldCount = 0;
        known = 0;
        minorVersion = 1;
        keepAlive = true;
        upgradeNamed = false;
        framing = Framing.NONE;
        contentLength = -1;
        if (bytes.length > INITIAL_BYTES * 8) {
            bytes = new byte[INITIAL_BYTES];
        }
    }

    /** The block; valid up to {@link #length}. The array changes when the block grows. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** Makes room for {@code more} bytes after {@link #length} and returns the block. */
    public byte[] reserve(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
        }
        return bytes;
    }

    public void length(int newLength) {
        length = newLength;
    }

    public void addField(int nameStart, int nameEnd, int valueStart, int valueEnd, int field) {
        int at = fieldCount * STRIDE;
        if (at == index.length) {
            index = Arrays.copyOf(index, index.length * 2);
        }
        index[at] = nameStart;
        index[at + 1] = nameEnd;
        index[at + 2] = valueStart;
        index[at + 3] = valueEnd;
        index[at + 4] = field;
        fieldCount++;
        known |= 1 << field;
    }

    public int fieldCount() {
        return fieldCount;
    }

    public int nameStart(int i) {
        return index[i * STRIDE];
    }

    public int nameEnd(int i) {
        return index[i * STRIDE + 1];
    }

    public int valueStart(int i) {
        return index[i * STRIDE + 2];
    }

    public int valueEnd(int i) {
        return index[i * STRIDE + 3];
    }

    /** Which {@link Field} the i-th field is. */
    public int field(int i) {
        return index[i * STRIDE + 4];
    }

    /** Marks the i-th field as one that ends at this hop. */
    public void nominate(int i) {
        index[i * STRIDE + 4] = Field.NOMINATED;
    }

    /** Whether a field of that number is there. */
    public boolean has(int field) {
        return (known & 1 << field) != 0;
    }

    /** The position of the first field of that number, or -1. */
    public int indexOf(int field) {
        if (!has(field)) {
            return -1;
        }
        for (int i = 0; i < fieldCount; i++) {
            if (field(i) == field) {
                return i;
            }
        }
        return -1;
    }

    /** The value of the first field of that number, or an empty text; for logs and rare paths, as it makes a String. */
    public String value(int field) {
        int i = indexOf(field);
        return i < 0 ? "" : text(valueStart(i), valueEnd(i));
    }

    /** Bytes of the block as text, one char a byte. */
    public String text(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }

    /** The y of HTTP/1.y. */
    public int minorVersion() {
        return minorVersion;
    }

    public void minorVersion(int y) {
        minorVersion = y;
    }

    /** Whether the sender lets its connection live on after this message. */
    public boolean keepAlive() {
        return keepAlive;
    }

    public void keepAlive(boolean value) {
        keepAlive = value;
    }

    /** Whether the Connection field names {@code upgrade}. */
    public boolean upgradeNamed() {
        return upgradeNamed;
    }

    public void upgradeNamed(boolean value) {
        upgradeNamed = value;
    }

    public Framing framing() {
        return framing;
    }

    /**
     * What Content-Length says, in bytes; -1 if nothing. With framing NONE it is the length of a body that does not follow, as in a
     * response to HEAD.
     */
    public long contentLength() {
        return contentLength;
    }

    public void framing(Framing value, long bodyLength) {
        framing = value;
        contentLength = bodyLength;
    }
}
