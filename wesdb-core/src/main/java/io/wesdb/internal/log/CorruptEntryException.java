package io.wesdb.internal.log;

/** Bytes that should be an entry or a batch are not: damaged, or of a version newer than this code. */
public final class CorruptEntryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CorruptEntryException(String message) {
        super(message);
    }
}
