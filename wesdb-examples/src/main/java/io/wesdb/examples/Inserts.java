package io.wesdb.examples;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Callers that insert small rows into {@code t}, each through a node of its own while there are so many. Safe for use by many threads. */
final class Inserts implements Load.Call {
    static final String TABLE = "CREATE TABLE t(id INTEGER PRIMARY KEY, x TEXT)";
    static final String SQL = "INSERT INTO t(x) VALUES (?)";
    static final String VALUE = "a row of some forty characters, no more";

    private final List<DemoNode> nodes;
    private final AtomicLong failed = new AtomicLong();

    Inserts(List<DemoNode> nodes) {
        this.nodes = nodes;
    }

    @Override
    public boolean call(int caller, long number) throws InterruptedException {
        try {
            nodes.get(caller % nodes.size()).client().execute(SQL, VALUE);
            return true;
        } catch (IOException e) {
            failed.incrementAndGet();
            return false;
        }
    }

    /** So many in all; returns when all have ended. */
    static Stretch.Summary doAll(List<DemoNode> nodes, int callers, long count) throws InterruptedException {
        try (Load load = new Load(callers, count, new Inserts(nodes))) {
            load.join();
            return load.lap();
        }
    }

    void proveNoneFailed(Screen screen) {
        proveNoneFailed(screen, failed.get());
    }

    static void proveNoneFailed(Screen screen, long failed) {
        screen.prove(failed == 0, "no write failed: " + failed);
    }
}
