/** Simulations of balancers with a virtual clock: the same numbers on every machine. */
@org.jspecify.annotations.NullMarked
package io.proxyd.bench.scenario;
