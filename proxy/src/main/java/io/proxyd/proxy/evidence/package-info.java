@org.jspecify.annotations.NullMarked
package io.proxyd.proxy.evidence;
