package io.wesdb.internal.read;

import io.wesdb.internal.sqlite.Reader;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Lets another thread interrupt a query, and never the one that has the connection after it. Thread safe. */
final class Cancellation {
    private @Nullable Reader reading;
    private boolean cancelled;

    /** The query is about to begin on {@code reader}. */
    synchronized void reading(Reader reader) {
        if (cancelled) {
            throw new CancellationException("the query was cancelled before it began");
        }
        reading = reader;
    }

    /** The query has ended. */
    synchronized void done() {
        reading = null;
    }

    synchronized void cancel() {
        cancelled = true;
        if (reading != null) {
            reading.interrupt();
        }
    }
}
