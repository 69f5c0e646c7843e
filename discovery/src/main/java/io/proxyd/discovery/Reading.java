package io.proxyd.discovery;

/** What became of one key of a registry: understood, or left out with a reason. */
public sealed interface Reading permits Registration, Quarantined {}
