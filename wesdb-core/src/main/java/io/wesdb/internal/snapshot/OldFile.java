package io.wesdb.internal.snapshot;

/** What becomes of the file that a snapshot replaces. */
public enum OldFile {
    /** It is damaged, differs or belongs to another history: a person may want to look at it. */
    SET_ASIDE,
    /** It is sound and merely too old: everything in it is in the snapshot too. */
    DELETE
}
