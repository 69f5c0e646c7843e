package io.proxyd.proxy;

/** What a process says of its memory, in bytes. Any thread. */
interface MemoryReader {
    /** What is certain to be in use of the heap's part for objects that live long. */
    long heapBytes();

    long heapMaxBytes();

    /** What buffers take outside the heap. */
    long directBytes();

    long directMaxBytes();
}
