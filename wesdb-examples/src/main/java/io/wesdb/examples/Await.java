package io.wesdb.examples;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waiting for what another process does, which nobody tells this one of. */
public final class Await {
    private static final int POLL_MILLIS = 10;

    private Await() {}

    /** May fail as long as the other process is not up to answering. */
    public interface Condition {
        boolean holds() throws IOException, InterruptedException;
    }

    /** @throws IOException if it did not come to hold in time */
    public static void until(Duration patience, String what, Condition condition)
            throws IOException, InterruptedException {
        if (!within(patience, condition)) {
            throw new IOException("waited " + patience.toSeconds() + " s in vain for " + what);
        }
    }

    /** Whether it came to hold in time. */
    public static boolean within(Duration patience, Condition condition) throws InterruptedException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < patience.toNanos()) {
            if (holds(condition)) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        }
        return false;
    }

    private static boolean holds(Condition condition) throws InterruptedException {
        try {
            return condition.holds();
        } catch (IOException e) {
            return false; // it may be on its way up or down
        }
    }
}
