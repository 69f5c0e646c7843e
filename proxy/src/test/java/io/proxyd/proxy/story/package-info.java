/**
 * Whole stories of operating proxyd, with real parts: etcd, backends that are killed, and load that counts each failure.
 * Nothing here asserts how fast something is beyond generous bounds; what was measured is printed.
 */
@org.jspecify.annotations.NullMarked
package io.proxyd.proxy.story;
