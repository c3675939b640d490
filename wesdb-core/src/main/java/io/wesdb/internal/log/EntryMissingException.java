package io.wesdb.internal.log;

/** The entry is not in the log: it was truncated, stands before the log's base, or the log was lost. */
public final class EntryMissingException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EntryMissingException(long index) {
        super("entry " + index + " is not in the log");
    }
}
