package io.wesdb.examples.bench;

import io.wesdb.NotDoneException;
import java.util.concurrent.CompletionException;

/** A call that was certainly not done, and may come again. */
final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final long retryMillis;

    Refused(long retryMillis) {
        super("refused", null, false, false);
        this.retryMillis = retryMillis;
    }

    /** After how long to come again; negative for a failure that is no refusal. */
    static long retryMillis(Throwable failure) {
        if (failure instanceof CompletionException && failure.getCause() != null) {
            return retryMillis(failure.getCause());
        } else if (failure instanceof NotDoneException refused) {
            return Math.max(1, refused.retryAfter().toMillis());
        }
        return failure instanceof Refused refused ? refused.retryMillis : -1;
    }
}
