/**
 * Whole stories of operating proxyd, with real parts: etcd, backends that are killed, and load that counts each failure.
 * Nothing here asserts how fast something is beyond generous bounds; what was measured is printed.
 *
 * <p>To look closer: {@code -Dstory.load=2000} sets the requests per second, {@code -Dstory.transport=epoll} the transport.
 */
@org.jspecify.annotations.NullMarked
package io.proxyd.proxy.story;
