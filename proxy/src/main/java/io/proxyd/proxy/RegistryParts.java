package io.proxyd.proxy;

import io.proxyd.discovery.IntentBoard;
import io.proxyd.discovery.Registry;
import io.proxyd.discovery.disk.CatalogKeeper;
import java.util.Optional;

/**
 * What a proxy has to do with its registry; closed by the proxy.
 *
 * @param registry where backends are found
 * @param board where operators say what they want of them
 * @param keeper of the last good catalog, if it is kept
 */
public record RegistryParts(Registry registry, IntentBoard board, Optional<CatalogKeeper> keeper)
        implements AutoCloseable {
    @Override
    public void close() {
        registry.close();
        board.close();
        keeper.ifPresent(CatalogKeeper::close);
    }
}
