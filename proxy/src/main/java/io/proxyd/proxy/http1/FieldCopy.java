package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Head;
import io.proxyd.proxy.http.HeadBuffer;

/** Copies the field lines that pass this hop, as received, in runs as long as possible. */
final class FieldCopy {
    /** Fields that end at this hop (RFC 9110 section 7.6.1) or are always set anew. */
    static final int HOP_BY_HOP = Field.mask(
            Field.CONNECTION,
            Field.KEEP_ALIVE,
            Field.PROXY_CONNECTION,
            Field.TE,
            Field.TRANSFER_ENCODING,
            Field.CONTENT_LENGTH,
            Field.UPGRADE,
            Field.HTTP2_SETTINGS,
            Field.NOMINATED);

    private FieldCopy() {}

    /** @param dropped mask of the fields that do not pass */
    static void copy(Head head, int dropped, HeadBuffer out) {
        int count = head.fieldCount();
        int i = 0;
        while (i < count) {
            if ((dropped & 1 << head.field(i)) != 0) {
                i++;
                continue;
            }
            int runStart = head.nameStart(i);
            do {
                i++;
            } while (i < count && (dropped & 1 << head.field(i)) == 0);
            int runEnd = i < count ? head.nameStart(i) : head.length() - 2;
            out.append(head.bytes(), runStart, runEnd);
        }
    }
}
