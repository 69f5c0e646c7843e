package io.proxyd.discovery.etcd;

import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.auth.Permission;
import io.etcd.jetcd.options.OptionsUtil;
import io.proxyd.config.RegistryConfig.Login;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Two users of an etcd: {@code root}, who may do anything, and {@code proxyd}, who may do what it is granted. */
public final class EtcdUsers {
    private static final ByteSequence FOLLOWER = EtcdProcess.bytes("follower");

    private final EtcdProcess etcd;
    private final Login root;
    private final Login proxyd;

    /** @param folder where the files with their passwords go */
    public EtcdUsers(EtcdProcess etcd, Path folder) throws IOException {
        this.etcd = etcd;
        this.root = login(folder, "root", "secret");
        this.proxyd = login(folder, "proxyd", "word");
        add("root", "secret", "root");
        add("proxyd", "word", "follower");
    }

    public Login root() {
        return root;
    }

    public Login proxyd() {
        return proxyd;
    }

    /** From now on etcd asks for a login. The fixture logs in as root. */
    public void enable() {
        etcd.call(client -> client.getAuthClient().authEnable());
        etcd.as(root);
    }

    void disable() {
        etcd.call(client -> client.getAuthClient().authDisable());
    }

    void grantReading(String prefix) {
        grant(prefix, Permission.Type.READ);
    }

    public void grantAll(String prefix) {
        grant(prefix, Permission.Type.READWRITE);
    }

    void revoke(String prefix) {
        etcd.call(client -> client.getAuthClient().roleRevokePermission(FOLLOWER, bytes(prefix), endOf(prefix)));
    }

    private void grant(String prefix, Permission.Type right) {
        etcd.call(client -> client.getAuthClient().roleGrantPermission(FOLLOWER, bytes(prefix), endOf(prefix), right));
    }

    private void add(String user, String password, String role) {
        etcd.call(client -> client.getAuthClient().userAdd(bytes(user), bytes(password)));
        etcd.call(client -> client.getAuthClient().roleAdd(bytes(role)));
        etcd.call(client -> client.getAuthClient().userGrantRole(bytes(user), bytes(role)));
    }

    private static Login login(Path folder, String user, String password) throws IOException {
        return new Login(user, Files.writeString(folder.resolve(user), password + "\n"));
    }

    private static ByteSequence endOf(String prefix) {
        return OptionsUtil.prefixEndOf(bytes(prefix));
    }

    private static ByteSequence bytes(String text) {
        return EtcdProcess.bytes(text);
    }
}
