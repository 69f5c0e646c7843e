@org.jspecify.annotations.NullMarked
package io.proxyd.bench.faults;
