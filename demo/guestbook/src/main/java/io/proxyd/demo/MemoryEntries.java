package io.proxyd.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Entries of this process alone, gone when it ends. */
final class MemoryEntries implements Entries {
    private final Deque<Entry> entries = new ArrayDeque<>();

    @Override
    public synchronized List<Entry> newest() {
        return List.copyOf(entries);
    }

    @Override
    public synchronized void add(Entry entry) {
        entries.addFirst(entry);
        if (entries.size() > KEPT) {
            entries.removeLast();
        }
    }
}
