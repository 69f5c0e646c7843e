package io.proxyd.proxy.evidence;

import java.util.Set;

/**
 * What is to be known of a new catalog to judge one service's part of it.
 *
 * @param released names of backends that were deleted on purpose
 * @param doubt why no removal in this catalog is to be believed; empty if nothing speaks against it
 */
record Hearing(Set<String> released, String doubt, Moment now, Tidings told) {}
