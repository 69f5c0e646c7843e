package io.proxyd.proxy.story;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.proxyd.discovery.etcd.EtcdCluster;
import io.proxyd.discovery.etcd.EtcdProcess;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Under load, members of an etcd of three fall; each test leaves three that work. */
class ClusterFaultsTest {
    private static EtcdCluster cluster;

    private final List<StoryBackend> living = FaultStory.backends();
    private final StoryBackend leaver = new StoryBackend("leaver");

    @BeforeAll
    static void startCluster(@TempDir Path folder) {
        cluster = new EtcdCluster(folder);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void register() {
        cluster.awaitAllAnswer();
        EtcdProcess etcd = cluster.working();
        etcd.keys("/services/").forEach(name -> etcd.delete("/services/" + name));
        living.forEach(backend -> etcd.put("/services/web/" + backend.name(), backend.registration()));
    }

    @AfterEach
    void closeBackends() {
        living.forEach(StoryBackend::close);
        leaver.close();
    }

    @Test
    void theNextLeaderIsFollowedWhenTheLeaderIsKilled() throws InterruptedException {
        EtcdProcess leader = cluster.leader();
        try (FaultStory story = FaultStory.begin(cluster::working, living, firstOf(leader))) {
            leader.kill();
            story.register(leaver);
            cluster.working().delete("/services/web/leaver");
            story.proxy().awaitStanding("web", "leaver", null);
            cluster.start(leader);
            cluster.awaitAllAnswer();
            story.endsWell();
        }
    }

    @Test
    void theViewStaysWhileTheOnlyMemberKnownIsInAMinority() throws InterruptedException {
        assumeTrue(cluster.canCutMembersOff(), "skipped: a minority partition needs root and network namespaces");
        List<URI> only = List.of(cluster.member(2).endpoint());
        try (FaultStory story = FaultStory.begin(cluster::working, living, only)) {
            story.register(leaver);
            cluster.cutOff(2);
            story.awaitLost(only.get(0).toString());
            cluster.working().delete("/services/web/leaver");
            story.assertServesWhileLost();
            story.load().awaitAnswersOf("leaver", 5);
            cluster.rejoin(2);
            story.proxy().awaitStanding("web", "leaver", null);
            story.endsWell();
        }
    }

    @Test
    void aMemberInAMinorityIsLeftForAnother() throws InterruptedException {
        assumeTrue(cluster.canCutMembersOff(), "skipped: a minority partition needs root and network namespaces");
        try (FaultStory story = FaultStory.begin(cluster::working, living, firstOf(cluster.member(1)))) {
            cluster.cutOff(1);
            story.register(leaver);
            cluster.working().delete("/services/web/leaver");
            story.proxy().awaitStanding("web", "leaver", null);
            cluster.rejoin(1);
            story.endsWell();
        }
    }

    @Test
    void requestsGoOnWhileAllMembersAreDown() throws InterruptedException {
        try (FaultStory story = FaultStory.begin(cluster::working, living, cluster.endpoints())) {
            cluster.members().forEach(EtcdProcess::kill);
            story.awaitLost(cluster.endpoints().get(0).toString());
            story.assertServesWhileLost();
            cluster.members().forEach(cluster::start);
            cluster.awaitAllAnswer();
            story.endsWell();
        }
    }

    /** All endpoints, and this member's first. */
    private static List<URI> firstOf(EtcdProcess member) {
        List<URI> endpoints = new ArrayList<>(cluster.endpoints());
        endpoints.remove(member.endpoint());
        endpoints.add(0, member.endpoint());
        return endpoints;
    }
}
