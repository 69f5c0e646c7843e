package io.proxyd.discovery;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** Takes the catalogs of a registry and waits for one that fits. */
public final class CatalogProbe implements Consumer<Catalog> {
    private final List<Catalog> delivered = new CopyOnWriteArrayList<>();
    private final List<String> threads = new CopyOnWriteArrayList<>();

    @Override
    public void accept(Catalog catalog) {
        threads.add(Thread.currentThread().getName());
        delivered.add(catalog);
    }

    /** Every catalog so far, oldest first. */
    public List<Catalog> delivered() {
        return List.copyOf(delivered);
    }

    public List<String> threads() {
        return List.copyOf(threads);
    }

    /** Waits until the newest catalog fits. */
    public Catalog await(Predicate<Catalog> fits) {
        Eventually.until(() -> !delivered.isEmpty() && fits.test(newest()), () -> delivered);
        return newest();
    }

    /** Waits until the newest catalog holds exactly these, as {@code service/id=host:port}. */
    public Catalog awaitBackends(String... backends) {
        return await(catalog -> backends(catalog).equals(List.of(backends)));
    }

    public static List<String> backends(Catalog catalog) {
        return catalog.registrations().stream()
                .map(r -> r.service() + "/" + r.id() + "=" + r.host() + ":" + r.port())
                .toList();
    }

    public Catalog newest() {
        return delivered.get(delivered.size() - 1);
    }
}
