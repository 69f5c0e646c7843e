package io.proxyd.proxy.exchange;

import io.proxyd.proxy.http.FailureKind;

/**
 * Why an attempt or an exchange failed, as a value.
 *
 * @param detail what the label leaves out, in words for the operator
 */
record Failure(FailureKind kind, Progress progress, String detail) {}
