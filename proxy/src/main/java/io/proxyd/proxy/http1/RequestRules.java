package io.proxyd.proxy.http1;

import io.proxyd.proxy.http.FailureKind;
import io.proxyd.proxy.http.Field;
import io.proxyd.proxy.http.Framing;
import io.proxyd.proxy.http.Method;
import io.proxyd.proxy.http.Refusal;
import io.proxyd.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;

/** What a complete request head must satisfy, and what follows from it: host, framing, connection, expectation. */
final class RequestRules {
    private static final byte[] CONTINUE = "100-continue".getBytes(StandardCharsets.US_ASCII);

    private RequestRules() {}

    static void apply(RequestHead head) {
        if (head.method() == Method.CONNECT) {
            throw new Refusal(FailureKind.METHOD_REFUSED, "CONNECT is not served");
        }
        HostField.apply(head);
        ConnectionField.apply(head);
        frame(head);
        if (head.method() == Method.TRACE) { // it would show the client what is added for the backend's eyes
            throw new Refusal(FailureKind.METHOD_REFUSED, "TRACE is not served");
        }
        if (head.has(Field.EXPECT)) {
            expect(head);
        }
        if (head.method() == Method.OPTIONS && head.has(Field.MAX_FORWARDS)) {
            head.maxForwards(forwardsLeft(head));
        }
        head.webSocket(asksForWebSocket(head));
    }

    /** RFC 9110 section 7.6.2: counted down, and not forwarded at zero. */
    private static long forwardsLeft(RequestHead head) {
        long received = BodyLength.number(head, Field.MAX_FORWARDS, "Max-Forwards");
        if (received == 0) {
            throw new Refusal(FailureKind.METHOD_REFUSED, "OPTIONS with Max-Forwards: 0, which goes no further");
        }
        return received - 1;
    }

    /** Other upgrades are not passed on: behind a proxy that cannot read them they let requests in unseen. */
    private static boolean asksForWebSocket(RequestHead head) {
        return head.upgradeNamed()
                && head.minorVersion() > 0
                && head.framing() == Framing.NONE
                && UpgradeField.namesWebSocket(head);
    }

    /** RFC 9112 section 6.3, refusing wherever it leaves a choice. */
    private static void frame(RequestHead head) {
        boolean coded = head.has(Field.TRANSFER_ENCODING);
        boolean sized = head.has(Field.CONTENT_LENGTH);
        if (!coded && !sized) {
            return;
        }
        if (coded && sized) {
            throw FieldLine.bad("Transfer-Encoding together with Content-Length");
        }
        if (sized) {
            head.framing(Framing.LENGTH, BodyLength.contentLength(head));
            if (head.contentLength() == 0) {
                head.framing(Framing.NONE, 0);
            }
            return;
        }
        if (head.minorVersion() == 0) {
            throw FieldLine.bad("Transfer-Encoding in HTTP/1.0");
        }
        BodyLength.chunked(head);
        head.framing(Framing.CHUNKED, -1);
    }

    private static void expect(RequestHead head) {
        for (int i = 0; i < head.fieldCount(); i++) {
            if (head.field(i) == Field.EXPECT
                    && !Field.equalsLowerCase(head.bytes(), head.valueStart(i), head.valueEnd(i), CONTINUE)) {
                throw new Refusal(FailureKind.EXPECTATION_UNKNOWN, "Expect is not 100-continue");
            }
        }
        head.expectContinue(head.minorVersion() > 0 && head.framing() != Framing.NONE);
    }
}
