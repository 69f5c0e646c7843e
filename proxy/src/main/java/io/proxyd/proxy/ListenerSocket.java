package io.proxyd.proxy;

import io.netty.channel.ChannelFuture;

/**
 * One socket of a listener.
 *
 * @param opened done when it is bound, or failed
 * @param gate what stands between it and its connections
 */
record ListenerSocket(ChannelFuture opened, AcceptGate gate) {}
