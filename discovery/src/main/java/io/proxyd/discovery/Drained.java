package io.proxyd.discovery;

import java.util.Set;

/**
 * How the wait for the proxies ended.
 *
 * @param letGo the proxies that send the backend nothing new and have nothing in flight there
 * @param missing the proxies that had not let go when the wait ended
 * @param remark what else an operator should know; empty if nothing
 */
public record Drained(Set<String> letGo, Set<String> missing, String remark) {
    /** Without a word of any proxy. */
    public static Drained unheard(String remark) {
        return new Drained(Set.of(), Set.of(), remark);
    }

    /** The same in words. */
    @Override
    public String toString() {
        int proxies = letGo.size() + missing.size();
        if (proxies == 0) {
            return remark;
        }
        String counted = letGo.size() + " of " + proxies + " proxies have let go";
        return counted
                + (missing.isEmpty() ? "" : ", missing " + String.join(", ", missing))
                + (remark.isEmpty() ? "" : " (" + remark + ")");
    }
}
