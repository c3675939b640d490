package io.wesdb.internal.log;

/** What the log holds at an index is not what was appended there. Trying again does not help. */
public final class EntryDamagedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EntryDamagedException(long index, String what) {
        super("entry " + index + " of the log is damaged: " + what);
    }
}
