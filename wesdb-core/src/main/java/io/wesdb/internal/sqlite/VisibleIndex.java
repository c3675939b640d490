package io.wesdb.internal.sqlite;

/**
 * Which index of the log a read that begins now would see, so that reads need not ask the file for it: the applier
 * tells before and after each COMMIT. A reader that finds the same settled index before and after it has come by its
 * snapshot knows what it sees; otherwise it asks the file within its snapshot. Written by the applier's thread alone,
 * read by any.
 */
public final class VisibleIndex {
    /** A COMMIT may be under way: what a read would see is not known. */
    static final long MOVING = -1;

    /** Of this index something may be visible, */
    private volatile long begun;
    /** and of this one everything is. In between lies one COMMIT, or an entry that is applied command by command. */
    private volatile long settled;

    /** Of a file that nobody has opened yet: moving, until the applier tells otherwise. */
    public VisibleIndex() {
        this(1, 0);
    }

    private VisibleIndex(long begun, long settled) {
        this.begun = begun;
        this.settled = settled;
    }

    /** From now on parts of {@code index} may be visible. */
    void begin(long index) {
        begun = index;
    }

    /** All of {@code index} is visible and nothing of the next. Also undoes a {@link #begin} that came to nothing. */
    void settle(long index) {
        settled = index;
        begun = index;
    }

    /** The index that a read beginning now sees, or {@link #MOVING}. */
    long settled() {
        long index = settled;
        return begun == index ? index : MOVING;
    }
}
