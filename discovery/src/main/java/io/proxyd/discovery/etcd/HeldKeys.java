package io.proxyd.discovery.etcd;

import io.proxyd.discovery.Lineage;
import io.proxyd.discovery.etcd.EtcdLink.KeyChange;
import io.proxyd.discovery.etcd.EtcdLink.Moment;
import io.proxyd.discovery.etcd.EtcdLink.StoredKey;
import io.proxyd.discovery.etcd.Listing.Listed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which keys a watch loop holds at which revision, and the one way in which they change.
 *
 * <p>The revision never comes from a <em>created</em> answer, a progress answer or a timeout, only from lists and events.
 * On the loop's thread alone.
 */
final class HeldKeys {
    private final KeyView view;
    private final Map<String, Long> revisions = new HashMap<>();
    /** The cluster and the revision held; revision 0 if nothing is known yet. */
    private Moment at;

    private boolean listed;
    private int breaks;
    private String doubt = "";

    /** @param known where the view at hand was taken; revision 0 if there is none */
    HeldKeys(KeyView view, Moment known) {
        this.view = view;
        this.at = known;
    }

    /**
     * One key on which a list and the view do not agree.
     *
     * @param listed the revision of the key in the list, 0 if it is not there
     * @param held the revision of the key in the view, 0 if it is not there
     */
    record Difference(String name, long listed, long held) {
        String text() {
            return name + " is " + (listed == 0 ? "not there" : "at revision " + listed) + " in etcd, and "
                    + (held == 0 ? "not there" : "at revision " + held) + " in the view";
        }
    }

    long revision() {
        return at.revision();
    }

    /** Takes a list instead of all that was held; what is in both loses nothing. */
    void replace(Listed list) {
        revisions.clear();
        for (StoredKey key : list.keys()) {
            revisions.put(key.name(), key.revision());
            view.put(key);
        }
        view.keepOnly(Set.copyOf(revisions.keySet()));
        at = list.at();
        listed = true;
    }

    /** Applies what is newer than all that is held, in one change. */
    void apply(List<KeyChange> changes) {
        long newest = at.revision();
        for (KeyChange change : changes) {
            if (change.revision() > at.revision()) {
                apply(change);
                newest = Math.max(newest, change.revision());
            }
        }
        at = new Moment(at.clusterId(), newest);
    }

    private void apply(KeyChange change) {
        StoredKey key = change.key();
        if (key == null) {
            revisions.remove(change.name());
            view.delete(change.name());
        } else {
            revisions.put(key.name(), key.revision());
            view.put(key);
        }
    }

    void deliver() {
        view.deliver(at.revision(), new Lineage(at.clusterId(), breaks, doubt, false));
    }

    /** By name. What the view knows from after the list is no difference, as far as that can be told. */
    Map<String, Difference> differences(Listed list) {
        Map<String, Difference> differences = new HashMap<>();
        for (StoredKey key : list.keys()) {
            long held = revisions.getOrDefault(key.name(), 0L);
            if (held != key.revision() && held <= list.at().revision()) {
                differences.put(key.name(), new Difference(key.name(), key.revision(), held));
            }
        }
        Set<String> listed = list.keys().stream().map(StoredKey::name).collect(Collectors.toSet());
        revisions.forEach((name, revision) -> {
            if (!listed.contains(name) && revision <= list.at().revision()) {
                differences.put(name, new Difference(name, 0, revision));
            }
        });
        return differences;
    }

    /** Whether it cannot be explained by what happened after the view was taken; before the first list nothing is. */
    boolean isImpossible(Difference difference) {
        return listed && difference.listed() > 0 && difference.listed() <= at.revision();
    }

    /** Whether etcd, as it shows itself here, cannot be the one that the view was taken from. */
    boolean isFromElsewhere(Moment now) {
        return at.revision() != 0 && (now.clusterId() != at.clusterId() || now.revision() < at.revision());
    }

    /** Whether it cannot be that one although it is as far as that one was. */
    boolean isOtherCluster(Moment now) {
        return now.clusterId() != at.clusterId();
    }

    String elsewhere(Moment now) {
        return String.format(
                "etcd answers from cluster %x at revision %d, expected cluster %x at revision %d or later:"
                        + " it was rebuilt or restored",
                now.clusterId(), now.revision(), at.clusterId(), at.revision());
    }

    /** Remembers, for all that is delivered from now on, that etcd's history is not the one that was seen. */
    void broken(String sign) {
        breaks++;
        doubt = sign;
    }
}
