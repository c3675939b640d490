package io.wesdb.internal.http;

import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A deadline that can be put off cheaply: moving it later does not touch the timer, which looks again when it fires.
 * Owned by its event loop.
 */
final class Deadline {
    private final EventExecutor loop;
    private final Runnable expired;
    private boolean set;
    private long at;
    private @Nullable Future<?> timer;
    private long timerAt;

    Deadline(EventExecutor loop, Runnable expired) {
        this.loop = loop;
        this.expired = expired;
    }

    void set(Duration fromNow) {
        set = true;
        at = loop.ticker().nanoTime() + fromNow.toNanos();
        if (timer != null && timerAt - at > 0) {
            timer.cancel(false);
            timer = null;
        }
        if (timer == null) {
            startTimer(fromNow.toNanos());
        }
    }

    boolean isSet() {
        return set;
    }

    /** There is no deadline now. */
    void clear() {
        set = false;
    }

    /** Also takes the timer away; for the end of the connection. */
    void end() {
        set = false;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void startTimer(long nanos) {
        timerAt = at;
        timer = loop.schedule(this::look, Math.max(1, nanos), TimeUnit.NANOSECONDS);
    }

    private void look() {
        timer = null;
        if (set) {
            long left = at - loop.ticker().nanoTime();
            if (left > 0) {
                startTimer(left);
            } else {
                set = false;
                expired.run();
            }
        }
    }
}
