package io.wesdb.examples;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Looks at nodes' memory all the time, on a thread of its own, and keeps the most of each. For one thread. */
final class MemoryWatch implements AutoCloseable {
    private static final int EVERY_MILLIS = 50;

    private final List<DemoNode> nodes;
    private final Map<String, Long> most = new HashMap<>();
    private final Thread thread = new Thread(this::watch, "memory-watch");

    MemoryWatch(List<DemoNode> nodes) {
        this.nodes = nodes;
        thread.setDaemon(true);
        thread.start();
    }

    private void watch() {
        try {
            while (true) {
                for (DemoNode node : nodes) {
                    long now = node.isAlive() ? Memory.residentMegabytes(node.pid()) : 0;
                    synchronized (most) {
                        most.merge(node.name(), now, Math::max);
                    }
                }
                TimeUnit.MILLISECONDS.sleep(EVERY_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The most that the node had resident, in MB. */
    long most(DemoNode node) {
        synchronized (most) {
            return most.getOrDefault(node.name(), 0L);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
