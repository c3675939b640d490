package io.wesdb.examples.sql;

import java.util.List;

/** wesdb did not do what bare SQLite did. */
public final class DifferenceException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Step> history;

    DifferenceException(String message, List<Step> history) {
        super(message);
        this.history = List.copyOf(history);
    }

    /** What was done up to there, the step in question last; all of it, if the contents differ. */
    List<Step> history() {
        return history;
    }
}
