package io.proxyd.proxy;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;

/**
 * Netty's epoll handler with registrations that last. Netty takes a socket out of epoll while nothing is asked of it, as when
 * reading is paused and the other side has sent its FIN; asked for something again, it changes the registration that is no
 * longer there, and epoll_ctl fails with ENOENT (seen in 4.2.17 to 4.2.20). Here such a socket is registered anew.
 */
final class LastingEpollHandler implements IoHandler {
    private final IoHandler epoll;

    private LastingEpollHandler(IoHandler epoll) {
        this.epoll = epoll;
    }

    static IoHandlerFactory newFactory() {
        IoHandlerFactory epoll = EpollIoHandler.newFactory();
        return executor -> new LastingEpollHandler(epoll.newHandler(executor));
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return new Registration(handle, epoll.register(handle));
    }

    @Override
    public void initialize() {
        epoll.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return epoll.run(context);
    }

    @Override
    public void wakeup() {
        epoll.wakeup();
    }

    @Override
    public void prepareToDestroy() {
        epoll.prepareToDestroy();
    }

    @Override
    public void destroy() {
        epoll.destroy();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return epoll.isCompatible(handleType);
    }

    /** Asked on the event loop; the end may come from another thread. */
    private final class Registration implements IoRegistration {
        private final IoHandle handle;
        private volatile IoRegistration current;
        private boolean takenOut;

        Registration(IoHandle handle, IoRegistration first) {
            this.handle = handle;
            this.current = first;
        }

        @Override
        public long submit(IoOps ops) {
            boolean nothing = ops.equals(EpollIoOps.NONE);
            if (takenOut && !nothing && current.isValid()) {
                current.cancel();
                current = anew();
            }
            takenOut = nothing;
            return current.submit(ops);
        }

        private IoRegistration anew() {
            try {
                return epoll.register(handle);
            } catch (Exception e) {
                throw new IllegalStateException("the socket cannot be registered again", e);
            }
        }

        @Override
        @SuppressWarnings("TypeParameterUnusedInFormals") // the interface asks for it
        public <T> T attachment() {
            return current.attachment();
        }

        @Override
        public boolean isValid() {
            return current.isValid();
        }

        @Override
        public boolean cancel() {
            return current.cancel();
        }
    }
}
