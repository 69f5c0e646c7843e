package io.proxyd.discovery.etcd;

import io.etcd.jetcd.maintenance.StatusResponse;
import io.proxyd.config.RegistryConfig;
import io.proxyd.discovery.Eventually;
import io.proxyd.discovery.etcd.EtcdProcess.Place;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A real etcd of three members: in network namespaces where the test may make them, else on the loopback address. */
public final class EtcdCluster implements AutoCloseable {
    private static final int MEMBERS = 3;

    private final Optional<Namespaces> namespaces;
    private final List<Place> places;
    private final List<EtcdProcess> members = new ArrayList<>();
    private final Set<EtcdProcess> cutOff = new HashSet<>();

    /** Starts it and returns once it answers. */
    public EtcdCluster(Path folder) {
        namespaces = Namespaces.make(MEMBERS);
        places = IntStream.range(0, MEMBERS)
                .mapToObj(i -> namespaces.map(made -> made.place(i)).orElseGet(() -> Place.local("m" + i)))
                .toList();
        String all = places.stream()
                .map(place -> place.name() + "=" + place.peerUrl())
                .collect(Collectors.joining(","));
        for (Place place : places) {
            members.add(new EtcdProcess(newFolder(folder.resolve(place.name())), place, all));
        }
        members.forEach(EtcdProcess::launch);
        members.forEach(EtcdCluster::awaitAnswer);
    }

    public EtcdProcess member(int index) {
        return members.get(index);
    }

    /** Any member that is not cut off and answers. */
    public EtcdProcess working() {
        return members.stream()
                .filter(member -> !cutOff.contains(member) && answers(member))
                .findFirst()
                .orElseThrow();
    }

    public List<EtcdProcess> members() {
        return List.copyOf(members);
    }

    public List<URI> endpoints() {
        return members.stream().map(EtcdProcess::endpoint).toList();
    }

    RegistryConfig.Etcd config(List<URI> endpoints) {
        return RegistryConfig.Etcd.plain(endpoints, "/services/");
    }

    public EtcdProcess leader() {
        for (EtcdProcess member : members) {
            StatusResponse status = member.status();
            if (status.getLeader() == status.getHeader().getMemberId()) {
                return member;
            }
        }
        throw new IllegalStateException("no member says that it leads");
    }

    public boolean canCutMembersOff() {
        return namespaces.isPresent();
    }

    /** The member reaches no other and no other reaches it; its clients still do. */
    public void cutOff(int index) {
        namespaces.orElseThrow().cutOff(index);
        cutOff.add(members.get(index));
    }

    public void rejoin(int index) {
        namespaces.orElseThrow().rejoin(index);
        cutOff.remove(members.get(index));
        awaitAnswer(members.get(index));
    }

    public void start(EtcdProcess member) {
        member.launch();
    }

    public void awaitAllAnswer() {
        members.forEach(EtcdCluster::awaitAnswer);
    }

    @Override
    public void close() {
        members.forEach(EtcdProcess::close);
        namespaces.ifPresent(Namespaces::close);
    }

    private static void awaitAnswer(EtcdProcess member) {
        Eventually.until(() -> answers(member), () -> member.endpoint() + " does not answer");
    }

    private static boolean answers(EtcdProcess member) {
        try {
            return member.revision() > 0;
        } catch (CompletionException notYet) {
            return false;
        }
    }

    private static Path newFolder(Path folder) {
        try {
            return Files.createDirectory(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
