package io.proxyd.discovery.dns;

import java.net.InetAddress;
import java.util.function.Consumer;

/** Turns host names into addresses and keeps them current. */
public interface HostNames extends AutoCloseable {
    /**
     * Follows a name for as long as the returned handle is open.
     *
     * @param host a name or an IP literal
     * @param listener gets the first address and every changed one; never called concurrently for one name, for a
     *     literal before this method returns, else from the resolver's own thread
     */
    Following follow(String host, Consumer<InetAddress> listener);

    @Override
    void close();

    /** One followed name. */
    interface Following extends AutoCloseable {
        @Override
        void close();
    }
}
