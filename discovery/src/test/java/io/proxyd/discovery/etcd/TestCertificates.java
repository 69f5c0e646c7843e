package io.proxyd.discovery.etcd;

import io.proxyd.config.RegistryConfig.Identity;
import io.proxyd.config.RegistryConfig.Tls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** An authority, a server certificate for 127.0.0.1 and a client certificate, made by openssl for one test. */
final class TestCertificates {
    private static final String NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";

    private final Path folder;

    /** Makes them in a folder that does not exist yet. */
    TestCertificates(Path folder) {
        this.folder = folder;
        try {
            Files.createDirectory(folder);
            Files.writeString(folder.resolve("names"), "subjectAltName=IP:127.0.0.1\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        openssl("req -x509 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem " + NEW_KEY);
        sign("server", " -extfile names");
        sign("client", "");
    }

    private void sign(String name, String more) {
        openssl("req -nodes -subj /CN=" + name + " -keyout " + name + ".key -out " + name + ".csr " + NEW_KEY);
        openssl("x509 -req -days 2 -in " + name + ".csr -CA ca.pem -CAkey ca.key -CAcreateserial -out " + name + ".pem"
                + more);
    }

    Path authority() {
        return folder.resolve("ca.pem");
    }

    Path clientCertificate() {
        return folder.resolve("client.pem");
    }

    Path clientKey() {
        return folder.resolve("client.key");
    }

    Tls clientTls() {
        return new Tls(Optional.of(authority()), Optional.of(new Identity(clientCertificate(), clientKey())));
    }

    List<String> serverSettings() {
        return List.of(
                "--cert-file=" + folder.resolve("server.pem"),
                "--key-file=" + folder.resolve("server.key"),
                "--trusted-ca-file=" + authority(),
                "--client-cert-auth=true");
    }

    private void openssl(String arguments) {
        Commands.run("sh", "-c", "cd " + folder + " && exec openssl " + arguments);
    }
}
