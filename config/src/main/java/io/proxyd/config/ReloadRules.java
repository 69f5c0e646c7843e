package io.proxyd.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a running proxyd can take over from a changed configuration: all but {@code runtime}, {@code admin}, {@code registry}. */
public final class ReloadRules {
    private ReloadRules() {}

    /**
     * Lets a configuration pass that can replace the running one without a restart.
     *
     * @param file where the changed configuration was loaded from, for the problems
     * @throws ConfigException with every part that changed and may not
     */
    public static void check(Path file, ProxydConfig running, ProxydConfig changed) {
        List<Problem> problems = new ArrayList<>();
        refuse("runtime", running.runtime(), changed.runtime(), file, problems);
        refuse("admin", running.admin(), changed.admin(), file, problems);
        refuse("registry", running.registry(), changed.registry(), file, problems);
        refuse("registry", running.evidence(), changed.evidence(), file, problems);
        if (!problems.isEmpty()) {
            throw new ConfigException(problems);
        }
    }

    private static void refuse(String path, Object running, Object changed, Path file, List<Problem> problems) {
        if (!running.equals(changed)) {
            problems.add(new Problem(
                    file.toString(),
                    0,
                    path,
                    "was changed, which takes a restart; expected what proxyd was started with until then"));
        }
    }
}
