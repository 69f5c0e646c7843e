package io.proxyd.discovery;

/**
 * Which history of a registry a revision belongs to. Revisions of one lineage only grow; a registry that was rebuilt or
 * restored begins another.
 *
 * @param cluster the id of the etcd cluster; 0 where the registry has none
 * @param breaks how often the history broke off since this process began to watch
 * @param doubt what showed the last break; empty before the first
 * @param remembered whether the catalog is the last known good one, read from disk
 */
public record Lineage(long cluster, int breaks, String doubt, boolean remembered) {
    /** Of a registry whose history cannot break. */
    public static final Lineage PLAIN = new Lineage(0, 0, "", false);
}
