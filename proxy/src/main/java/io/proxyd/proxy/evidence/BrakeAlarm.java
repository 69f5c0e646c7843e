package io.proxyd.proxy.evidence;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once and loudly that brakes engaged, and what an operator can do. */
final class BrakeAlarm {
    private static final Logger LOG = LoggerFactory.getLogger(Evidence.class);
    private static final int NAMED = 5;

    private BrakeAlarm() {}

    /** @param engaged by the same catalog; may be empty */
    static void sound(List<EvidenceStatus.Brake> engaged, Duration hold) {
        if (engaged.isEmpty()) {
            return;
        }
        int held = engaged.stream().mapToInt(EvidenceStatus.Brake::held).sum();
        List<String> named = new ArrayList<>();
        engaged.stream()
                .sorted(Comparator.comparingInt(EvidenceStatus.Brake::held).reversed())
                .limit(NAMED)
                .forEach(b -> named.add(b.service() + " (" + b.held() + " held, " + b.listed() + " registered)"));
        if (engaged.size() > NAMED) {
            named.add((engaged.size() - NAMED) + " more services");
        }
        LOG.warn(
                "the brake holds {} that left the registry, of {}, as {}. They stay while their health checks"
                        + " pass, for {} with the registry connected at most. If they are meant to go: {}",
                Words.count(held, "backend"),
                String.join(", ", named),
                engaged.get(0).cause(),
                Words.of(hold),
                advice(engaged));
    }

    private static String advice(List<EvidenceStatus.Brake> engaged) {
        return "proxyctl registry accept"
                + (engaged.size() == 1 ? " " + engaged.get(0).service() : "");
    }
}
