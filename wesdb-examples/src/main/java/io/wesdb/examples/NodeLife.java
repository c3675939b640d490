package io.wesdb.examples;

import io.wesdb.WesDb;
import io.wesdb.WesDbBuilder;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The life of the program's node: from {@link #start} on, the end of the process (SIGTERM, SIGINT) closes it first. Owned by the main
 * thread; {@link #leave} runs on the JVM's shutdown thread.
 */
final class NodeLife {
    /** How long a start that is under way gets to undo itself; past it the process ends as in a crash, which a node survives. */
    private static final int START_UNDO_SECONDS = 10;

    private final Thread starter = Thread.currentThread();
    private final Thread hook = new Thread(this::leave, "wesdb-node-leave");
    private final CountDownLatch startEnded = new CountDownLatch(1);
    private volatile @Nullable WesDb db;
    private volatile boolean leaving;

    WesDb start(WesDbBuilder builder) {
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            WesDb started = builder.start();
            db = started;
            return started;
        } finally {
            startEnded.countDown();
        }
    }

    /** Without the hook, the exit code is that of the failure. */
    void startFailed() {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            leaving = true; // the process is ending already, which is why the start failed
        }
    }

    boolean isLeaving() {
        return leaving;
    }

    /** Returns once the process is ending, or the thread is interrupted. */
    void awaitEnd() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave() {
        leaving = true;
        starter.interrupt();
        try {
            if (startEnded.await(START_UNDO_SECONDS, TimeUnit.SECONDS)) {
                WesDb started = db;
                if (started != null) {
                    started.close();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        // Left to itself the JVM ends with 128 + the signal's number; leaving when asked to is success.
        Runtime.getRuntime().halt(0);
    }
}
