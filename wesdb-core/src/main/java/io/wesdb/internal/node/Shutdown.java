package io.wesdb.internal.node;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What must be closed, last opened first, at the end of a node's life or when its start fails half-way. Filled by the
 * starting thread; afterwards run once.
 */
final class Shutdown {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    private record Step(String what, AutoCloseable close) {}

    private final Deque<Step> steps = new ArrayDeque<>();
    private final CountDownLatch done = new CountDownLatch(1);
    private final long timeoutMillis;

    Shutdown(long timeoutMillis) {
        this.timeoutMillis = timeoutMillis;
    }

    /** Remembers {@code opened}, which is closed before what was remembered earlier. */
    <T extends AutoCloseable> T closing(String what, T opened) {
        steps.push(new Step(what, opened));
        return opened;
    }

    /** Closes everything; what fails to close is logged and does not keep the rest open. */
    void run() {
        while (!steps.isEmpty()) {
            Step step = steps.pop();
            try {
                step.close().close();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.warn("closing {} failed", step.what(), e);
            }
        }
        done.countDown();
    }

    /** Waits for another thread's {@link #run}. */
    void await() {
        try {
            done.await(2 * timeoutMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
