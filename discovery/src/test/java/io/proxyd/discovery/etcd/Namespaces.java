package io.proxyd.discovery.etcd;

import io.proxyd.discovery.etcd.EtcdProcess.Place;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Network namespaces, each with an address of its own on one bridge; needs root. */
public final class Namespaces implements AutoCloseable {
    private static final int CLIENT_PORT = 2379;
    private static final int PEER_PORT = 2380;

    private final String name;
    private final String network;
    private final int count;

    private Namespaces(int count) {
        this.count = count;
        // Apart from those of other runs on this machine.
        this.name = "pxd" + ProcessHandle.current().pid() % 100_000;
        ThreadLocalRandom random = ThreadLocalRandom.current();
        this.network = "10." + random.nextInt(200, 250) + "." + random.nextInt(256) + ".";
    }

    /** Empty where this process may not make them. */
    public static Optional<Namespaces> make(int count) {
        Namespaces made = new Namespaces(count);
        try {
            made.build();
            return Optional.of(made);
        } catch (IllegalStateException | UncheckedIOException notAllowed) {
            made.close();
            return Optional.empty();
        }
    }

    Place place(int index) {
        return new Place("m" + index, address(index), CLIENT_PORT, PEER_PORT, launcher(index));
    }

    /** What runs the command that is appended to it there. */
    public List<String> launcher(int index) {
        return List.of("ip", "netns", "exec", at(index));
    }

    /** Pulls its cable, at the switch: to all others it is silent. */
    public void unplug(int index) {
        ip("link", "set", outside(index), "down");
    }

    public void plug(int index) {
        ip("link", "set", outside(index), "up");
    }

    void cutOff(int index) {
        for (int other = 0; other < count; other++) {
            if (other != index) {
                ip("-n", at(index), "route", "add", "blackhole", address(other));
            }
        }
    }

    void rejoin(int index) {
        for (int other = 0; other < count; other++) {
            if (other != index) {
                ip("-n", at(index), "route", "del", "blackhole", address(other));
            }
        }
    }

    private void build() {
        ip("link", "add", name, "type", "bridge");
        ip("addr", "add", network + "1/24", "dev", name);
        ip("link", "set", name, "up");
        for (int i = 0; i < count; i++) {
            String outside = outside(i);
            ip("netns", "add", at(i));
            ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", at(i));
            ip("link", "set", outside, "master", name, "up");
            ip("-n", at(i), "addr", "add", address(i) + "/24", "dev", "eth0");
            ip("-n", at(i), "link", "set", "eth0", "up");
            ip("-n", at(i), "link", "set", "lo", "up");
        }
    }

    /** Removes what is there of them. */
    @Override
    public void close() {
        for (int i = 0; i < count; i++) {
            tryIp("netns", "del", at(i));
        }
        tryIp("link", "del", name);
    }

    private String at(int index) {
        return name + "n" + index;
    }

    /** Its address, which this process can reach too. */
    public String address(int index) {
        return network + (11 + index);
    }

    private String outside(int index) {
        return at(index) + "v";
    }

    private static void tryIp(String... arguments) {
        try {
            ip(arguments);
        } catch (IllegalStateException | UncheckedIOException notThere) {
            // Nothing to remove.
        }
    }

    private static void ip(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "ip";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Commands.run(command);
    }
}
