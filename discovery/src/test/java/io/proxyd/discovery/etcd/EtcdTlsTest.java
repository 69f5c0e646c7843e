package io.proxyd.discovery.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.proxyd.config.RegistryConfig;
import io.proxyd.config.RegistryConfig.Identity;
import io.proxyd.config.RegistryConfig.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An etcd that speaks TLS and asks for a client certificate. */
class EtcdTlsTest {
    private static TestCertificates certificates;
    private static EtcdProcess etcd;

    private Path folder;

    @BeforeAll
    static void startEtcd(@TempDir Path shared) {
        certificates = new TestCertificates(shared.resolve("certificates"));
        etcd = EtcdProcess.stopped(shared).secured(certificates);
        etcd.start();
        etcd.put("/services/web/1", "{\"host\":\"h\",\"port\":8001}");
    }

    @AfterAll
    static void stopEtcd() {
        etcd.close();
    }

    @BeforeEach
    void newFolder(@TempDir Path own) {
        folder = own;
    }

    @Test
    void followsAnEtcdThatAsksForACertificate() {
        try (LiveRegistry registry = new LiveRegistry(etcd.access(Optional.empty()))) {
            registry.catalogs.awaitBackends("web/1=h:8001");
            registry.awaitConnected();
        }
    }

    @Test
    void reachesNothingWithoutAClientCertificate() {
        try (LiveRegistry registry = registryWith(new Tls(Optional.of(certificates.authority()), Optional.empty()))) {
            registry.awaitError("TLS failed: ");
            assertThat(registry.catalogs.delivered()).isEmpty();
        }
    }

    @Test
    void refusesAnEtcdThatNoAuthorityVouchesForUntilTheFileIsRotated() throws IOException {
        Path authorities = folder.resolve("rotated.pem");
        Files.copy(new TestCertificates(folder.resolve("other")).authority(), authorities);
        try (LiveRegistry registry = registryWith(
                new Tls(Optional.of(authorities), certificates.clientTls().identity()))) {
            registry.awaitError("TLS failed: ");
            assertThat(registry.catalogs.delivered()).isEmpty();
            Files.copy(certificates.authority(), authorities, StandardCopyOption.REPLACE_EXISTING);
            registry.catalogs.awaitBackends("web/1=h:8001");
        }
    }

    @Test
    void refusesACertificateOfAnotherHost() {
        URI elsewhere = URI.create("https://localhost:" + etcd.endpoint().getPort());
        try (LiveRegistry registry = new LiveRegistry(config(elsewhere, certificates.clientTls()))) {
            registry.awaitError("localhost");
            assertThat(registry.catalogs.delivered()).isEmpty();
        }
    }

    @Test
    void saysWhichFileIsMissingAndHealsOnceItIsThere() throws IOException {
        Path missing = folder.resolve("late.pem");
        try (LiveRegistry registry = registryWith(
                new Tls(Optional.of(missing), certificates.clientTls().identity()))) {
            registry.awaitError("registry.etcd.tls.ca " + missing + " does not exist, expected certificates (PEM)");
            Files.copy(certificates.authority(), missing);
            registry.catalogs.awaitBackends("web/1=h:8001");
        }
    }

    @Test
    void saysWhichFileIsBroken() throws IOException {
        Path broken = Files.writeString(folder.resolve("broken.pem"), "no certificate\n");
        Path certificate = certificates.clientCertificate();
        assertError(
                new Tls(Optional.of(broken), Optional.empty()),
                "registry.etcd.tls.ca " + broken
                        + " makes no sense (No certificate data found), expected certificates (PEM)");
        assertError(
                new Tls(Optional.empty(), Optional.of(new Identity(broken, certificates.clientKey()))),
                "registry.etcd.tls.certificate " + broken
                        + " makes no sense (No certificate data found), expected certificates (PEM)");
        assertError(
                new Tls(Optional.empty(), Optional.of(new Identity(certificate, broken))),
                "registry.etcd.tls.key " + broken
                        + " holds no such key, expected an unencrypted private key (PEM, PKCS#8)");
        assertError(
                new Tls(Optional.empty(), Optional.of(new Identity(certificate, folder))),
                "registry.etcd.tls.key " + folder + " cannot be read (");
    }

    private void assertError(Tls tls, String error) {
        try (LiveRegistry registry = registryWith(tls)) {
            registry.awaitError(error);
        }
    }

    private static LiveRegistry registryWith(Tls tls) {
        return new LiveRegistry(config(etcd.endpoint(), tls));
    }

    private static RegistryConfig.Etcd config(URI endpoint, Tls tls) {
        RegistryConfig.Etcd config = etcd.access(Optional.empty());
        return new RegistryConfig.Etcd(
                List.of(endpoint),
                config.prefix(),
                config.controlPrefix(),
                config.auditInterval(),
                tls,
                Optional.empty());
    }
}
