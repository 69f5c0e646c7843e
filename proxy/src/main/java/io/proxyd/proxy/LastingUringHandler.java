package io.proxyd.proxy;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;

/**
 * Netty's io_uring handler, with channels that read on after a reset. The kernel tells of the end of a connection once, by its poll.
 * Netty does not heed it while a read is on its way, since the result of that read tells whether more is to be read; the kernel
 * says "more" there after a FIN, but not after a reset that came behind the bytes just read. Netty then waits for another poll, which
 * never comes (seen in 4.2.17). Here each read after the end of the connection says "more", until one says that there is none.
 */
final class LastingUringHandler implements IoHandler {
    private final IoHandler uring;

    private LastingUringHandler(IoHandler uring) {
        this.uring = uring;
    }

    static IoHandlerFactory newFactory(IoUringIoHandlerConfig config) {
        IoHandlerFactory uring = IoUringIoHandler.newFactory(config);
        return executor -> new LastingUringHandler(uring.newHandler(executor));
    }

    @Override
    public IoRegistration register(IoHandle handle) throws Exception {
        return uring.register(handle instanceof IoUringIoHandle channel ? new Handle(channel) : handle);
    }

    @Override
    public void initialize() {
        uring.initialize();
    }

    @Override
    public int run(IoHandlerContext context) {
        return uring.run(context);
    }

    @Override
    public void wakeup() {
        uring.wakeup();
    }

    @Override
    public void prepareToDestroy() {
        uring.prepareToDestroy();
    }

    @Override
    public void destroy() {
        uring.destroy();
    }

    @Override
    public boolean isCompatible(Class<? extends IoHandle> handleType) {
        return uring.isCompatible(handleType);
    }

    /** Stands between the ring and one channel. All on the event loop. */
    @SuppressWarnings("try") // what its close may throw is up to the interface
    private static final class Handle implements IoUringIoHandle {
        // Of linux/io_uring.h and asm-generic/poll.h.
        private static final byte IORING_OP_POLL_ADD = 6;
        private static final byte IORING_OP_RECV = 27;
        private static final int IORING_CQE_F_SOCK_NONEMPTY = 1 << 2;
        private static final int ENDED = 0x0008 | 0x0010 | 0x2000; // POLLERR, POLLHUP, POLLRDHUP

        private final IoUringIoHandle channel;
        private boolean ended;

        Handle(IoUringIoHandle channel) {
            this.channel = channel;
        }

        @Override
        public void handle(IoRegistration registration, IoEvent event) {
            IoUringIoEvent completion = (IoUringIoEvent) event;
            if (completion.opcode() == IORING_OP_POLL_ADD && completion.res() > 0) {
                ended |= (completion.res() & ENDED) != 0;
            }
            boolean readOn = ended && completion.opcode() == IORING_OP_RECV && completion.res() > 0;
            channel.handle(registration, readOn ? withMore(completion) : completion);
        }

        private static IoUringIoEvent withMore(IoUringIoEvent read) {
            return new IoUringIoEvent(
                    read.res(), read.flags() | IORING_CQE_F_SOCK_NONEMPTY, read.opcode(), read.userData());
        }

        @Override
        public void registered() {
            channel.registered();
        }

        @Override
        public void unregistered() {
            channel.unregistered();
        }

        @Override
        public void close() throws Exception {
            channel.close();
        }
    }
}
