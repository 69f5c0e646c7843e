package io.proxyd.discovery.etcd;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.proxyd.config.RegistryConfig.Identity;
import io.proxyd.config.RegistryConfig.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLException;

/**
 * Reads the files of TLS to etcd, anew for each connection, so that files that were rotated count from the next one on.
 *
 * <p>Throws {@link UnusableSecret} when a file is missing, unreadable or broken.
 */
final class EtcdTls {
    private static final String CERTIFICATES = "certificates (PEM)";
    private static final String KEY = "an unencrypted private key (PEM, PKCS#8)";

    private EtcdTls() {}

    static SslContext context(Tls tls) {
        SslContextBuilder builder = GrpcSslContexts.forClient();
        tls.authorities().ifPresent(file -> trust(builder, file));
        tls.identity().ifPresent(identity -> identify(builder, identity));
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalStateException("TLS to etcd cannot be set up: " + EtcdFailures.reason(e), e);
        }
    }

    private static void trust(SslContextBuilder builder, Path file) {
        builder.trustManager(new ByteArrayInputStream(certificates("registry.etcd.tls.ca", file)));
    }

    private static void identify(SslContextBuilder builder, Identity identity) {
        byte[] chain = certificates("registry.etcd.tls.certificate", identity.certificate());
        byte[] key = read("registry.etcd.tls.key", identity.key(), KEY);
        try {
            builder.keyManager(new ByteArrayInputStream(chain), new ByteArrayInputStream(key));
        } catch (IllegalArgumentException e) {
            throw new UnusableSecret("registry.etcd.tls.key", identity.key(), "holds no such key", KEY);
        }
    }

    private static byte[] certificates(String setting, Path file) {
        byte[] bytes = read(setting, file, CERTIFICATES);
        try {
            boolean none = CertificateFactory.getInstance("X.509")
                    .generateCertificates(new ByteArrayInputStream(bytes))
                    .isEmpty();
            if (none) {
                throw new UnusableSecret(setting, file, "is empty", CERTIFICATES);
            }
        } catch (CertificateException e) {
            throw new UnusableSecret(setting, file, "makes no sense (" + EtcdFailures.reason(e) + ")", CERTIFICATES);
        }
        return bytes;
    }

    /** The bytes of a file that a setting names. */
    static byte[] read(String setting, Path file, String expected) {
        try {
            return Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            throw new UnusableSecret(setting, file, "does not exist", expected);
        } catch (IOException e) {
            throw new UnusableSecret(setting, file, "cannot be read (" + e + ")", expected);
        }
    }
}
