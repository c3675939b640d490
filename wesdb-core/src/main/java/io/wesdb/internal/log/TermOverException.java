package io.wesdb.internal.log;

import io.wesdb.internal.log.ReplicatedLog.Term;

/** What was asked for in the name of a term is refused, because a newer one has begun. */
public final class TermOverException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public TermOverException(Term term) {
        super("term " + term.epoch() + " of " + term.leader() + " is over");
    }
}
