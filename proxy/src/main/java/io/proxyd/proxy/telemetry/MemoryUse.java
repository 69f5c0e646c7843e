package io.proxyd.proxy.telemetry;

/**
 * How much memory is in use, and how much may be before new requests are refused.
 *
 * @param heapBytes of what lives long, without what the next collection frees as far as that is known
 * @param directBytes of buffers outside the heap, with those that are kept for later use
 */
public record MemoryUse(long heapBytes, long heapBudgetBytes, long directBytes, long directBudgetBytes) {}
