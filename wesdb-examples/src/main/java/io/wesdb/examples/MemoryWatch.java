package io.wesdb.examples;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Looks at nodes' memory all the time, on threads of its own, and keeps the most of each. For one thread. */
final class MemoryWatch implements AutoCloseable {
    private static final int EVERY_MILLIS = 50;
    /** Each look starts a process. */
    private static final int HEAP_EVERY_MILLIS = 2_000;

    private final List<DemoNode> nodes;
    private final Map<String, Long> most = new HashMap<>();
    private final Map<String, Long> mostHeap = new HashMap<>();
    private final List<Thread> threads = new ArrayList<>();

    /** Of one process. */
    private interface Figure {
        long megabytes(long pid) throws InterruptedException;
    }

    MemoryWatch(List<DemoNode> nodes) {
        this.nodes = nodes;
        watch(most, Memory::residentMegabytes, EVERY_MILLIS);
    }

    /** Looks at the heap, too, now and then. */
    static MemoryWatch withHeap(List<DemoNode> nodes) {
        MemoryWatch watch = new MemoryWatch(nodes);
        watch.watch(watch.mostHeap, Memory::heapMegabytes, HEAP_EVERY_MILLIS);
        return watch;
    }

    private void watch(Map<String, Long> into, Figure figure, int everyMillis) {
        Thread thread = new Thread(() -> look(into, figure, everyMillis), "memory-watch");
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void look(Map<String, Long> into, Figure figure, int everyMillis) {
        try {
            while (true) {
                for (DemoNode node : nodes) {
                    long now = node.isAlive() ? figure.megabytes(node.pid()) : 0;
                    synchronized (into) {
                        into.merge(node.name(), now, Math::max);
                    }
                }
                TimeUnit.MILLISECONDS.sleep(everyMillis);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The most that the node had resident, in MB. */
    long most(DemoNode node) {
        return most(most, node);
    }

    /** The most that its heap held, garbage included, in MB. */
    long mostHeap(DemoNode node) {
        return most(mostHeap, node);
    }

    private static long most(Map<String, Long> figures, DemoNode node) {
        synchronized (figures) {
            return figures.getOrDefault(node.name(), 0L);
        }
    }

    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
