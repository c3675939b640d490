package io.wesdb.internal.read;

import io.wesdb.internal.sqlite.Reader;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Lets another thread interrupt a read, and never the one that has the reader after it. Thread safe. */
final class Cancellation {
    private @Nullable Reader reading;
    private boolean cancelled;

    /** The read is about to begin on {@code reader}. */
    synchronized void reading(Reader reader) {
        if (cancelled) {
            throw new CancellationException("the read was cancelled before it began");
        }
        reading = reader;
    }

    /** The read has ended; to be called before the reader is given back. */
    synchronized void done() {
        reading = null;
    }

    synchronized void cancel() {
        cancelled = true;
        if (reading != null) {
            reading.cancel();
        }
    }
}
