@org.jspecify.annotations.NullMarked
package io.proxyd.discovery.disk;
