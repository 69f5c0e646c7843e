package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.proxyd.discovery.Catalog;
import io.proxyd.discovery.CatalogProbe;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a registry does while members of its etcd fall; each test leaves three that work. */
class EtcdClusterTest {
    private static EtcdCluster cluster;

    @BeforeAll
    static void startCluster(@TempDir Path folder) {
        cluster = new EtcdCluster(folder);
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void oneRegistration() {
        cluster.awaitAllAnswer();
        EtcdProcess etcd = cluster.member(0);
        etcd.keys("/services/").forEach(key -> etcd.delete("/services/" + key));
        put(etcd, "web/1");
    }

    @Test
    void followsOnWhenTheLeaderIsKilled() {
        try (LiveRegistry registry = new LiveRegistry(cluster.config(cluster.endpoints()))) {
            registry.catalogs.awaitBackends("web/1=h:80");
            registry.awaitConnected();
            EtcdProcess leader = cluster.leader();
            leader.kill();
            EtcdProcess left = cluster.working();
            put(left, "web/2");
            left.delete("/services/web/1");
            registry.catalogs.awaitBackends("web/2=h:80");
            cluster.start(leader);
            cluster.awaitAllAnswer();
            put(leader, "web/3");
            registry.catalogs.await(LiveRegistry.equalTo(left));
            assertThat(registry.status().upkeep().drifted()).isZero();
            assertThat(registry.relists(Relist.HISTORY)).isZero();
        }
    }

    @Test
    void keepsTheCatalogWhileItsOnlyMemberIsInAMinority() {
        assumeTrue(cluster.canCutMembersOff(), "skipped: a minority partition needs root and network namespaces");
        List<URI> only = List.of(cluster.member(2).endpoint());
        try (LiveRegistry registry = new LiveRegistry(cluster.config(only))) {
            registry.catalogs.awaitBackends("web/1=h:80");
            registry.awaitConnected();
            cluster.cutOff(2);
            registry.awaitDisconnected();
            EtcdProcess majority = cluster.working();
            put(majority, "web/2");
            majority.delete("/services/web/1");
            assertThat(CatalogProbe.backends(registry.catalogs.newest())).containsExactly("web/1=h:80");
            cluster.rejoin(2);
            registry.catalogs.awaitBackends("web/2=h:80");
            registry.awaitConnected();
        }
    }

    @Test
    void leavesAMemberInAMinorityForAnother() {
        assumeTrue(cluster.canCutMembersOff(), "skipped: a minority partition needs root and network namespaces");
        try (LiveRegistry registry = new LiveRegistry(cluster.config(cluster.endpoints()))) {
            registry.catalogs.awaitBackends("web/1=h:80");
            registry.awaitConnected();
            for (int member = 0; member < 3; member++) {
                cluster.cutOff(member);
                EtcdProcess majority = cluster.working();
                put(majority, "web/cut-" + member);
                registry.catalogs.await(LiveRegistry.equalTo(majority));
                cluster.rejoin(member);
            }
        }
    }

    @Test
    void servesTheLastCatalogWhileAllMembersAreDownAndFollowsOnceTheyAreBack() {
        try (LiveRegistry registry = new LiveRegistry(cluster.config(cluster.endpoints()))) {
            Catalog before = registry.catalogs.awaitBackends("web/1=h:80");
            registry.awaitConnected();
            cluster.members().forEach(EtcdProcess::kill);
            registry.awaitDisconnected();
            assertThat(registry.catalogs.newest()).isSameAs(before);
            try (LiveRegistry late = new LiveRegistry(cluster.config(cluster.endpoints()))) {
                late.awaitError("Connection refused");
                assertThat(late.catalogs.delivered()).isEmpty();
                cluster.members().forEach(cluster::start);
                cluster.awaitAllAnswer();
                put(cluster.member(1), "web/2");
                registry.catalogs.awaitBackends("web/1=h:80", "web/2=h:80");
                late.catalogs.awaitBackends("web/1=h:80", "web/2=h:80");
                assertThat(registry.relists(Relist.HISTORY)).isZero();
            }
        }
    }

    private static void put(EtcdProcess etcd, String key) {
        etcd.put("/services/" + key, "{\"host\":\"h\",\"port\":80}");
    }
}
