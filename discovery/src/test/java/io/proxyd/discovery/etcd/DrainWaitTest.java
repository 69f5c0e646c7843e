package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.etcd.jetcd.Auth;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.auth.Permission;
import io.proxyd.discovery.etcd.AnnounceLink.CallFailed;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a drain does where etcd does not let its user read what the proxies tell. */
class DrainWaitTest {
    private static final Duration GRACE = Duration.ofSeconds(1);

    @Test
    void aUserWhoMayNotReadTheControlPrefixWaitsForTheGraceAndSaysWhy(@TempDir Path folder)
            throws CallFailed, InterruptedException {
        try (EtcdProcess etcd = EtcdProcess.start(folder)) {
            etcd.put("/proxyd/proxies/a", "{}");
            allowOnlyServices(etcd);
            Client announcer = Client.builder()
                    .endpoints(etcd.endpoint())
                    .user(bytes("announcer"))
                    .password(bytes("secret"))
                    .build();
            try (AnnounceLink link = new AnnounceLink(announcer, "etcd", Duration.ofSeconds(5))) {
                long begun = System.nanoTime();
                DrainWait wait = new DrainWait("/proxyd/", "web/1", GRACE, begun);
                assertThat(wait.look(link, 1, begun + GRACE.toNanos() - 1)).isFalse();
                assertThat(wait.look(link, 1, begun + GRACE.toNanos())).isTrue();
                assertThat(wait.outcome().remark())
                        .isEqualTo("etcd does not let this user read /proxyd/proxies/ and /proxyd/acks/; waited 1.0 s");
            }
        }
    }

    private static void allowOnlyServices(EtcdProcess etcd) {
        try (Client client = Client.builder().endpoints(etcd.endpoint()).build()) {
            Auth auth = client.getAuthClient();
            await(auth.userAdd(bytes("root"), bytes("root")));
            await(auth.roleAdd(bytes("root")));
            await(auth.userGrantRole(bytes("root"), bytes("root")));
            await(auth.userAdd(bytes("announcer"), bytes("secret")));
            await(auth.roleAdd(bytes("services")));
            await(auth.roleGrantPermission(
                    bytes("services"), bytes("/services/"), bytes("/services0"), Permission.Type.READWRITE));
            await(auth.userGrantRole(bytes("announcer"), bytes("services")));
            await(auth.authEnable());
        }
    }

    private static <T> T await(CompletableFuture<T> call) {
        return call.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static ByteSequence bytes(String text) {
        return ByteSequence.from(text, StandardCharsets.UTF_8);
    }
}
