package io.wesdb.internal.write;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a leader tells its followers: each entry that it has committed, at once. A follower that hears of an entry so need not
 * be woken by the log's watch, read the head and then the entry.
 *
 * <p>Nothing rests on it. What is told is in the log already, where it never changes (I2); whoever is told late, not all
 * or nothing finds the rest there. Thread safe.
 */
public final class EntryFeed {
    private static final Logger LOG = LoggerFactory.getLogger(EntryFeed.class);

    /** Larger entries are left to the log. */
    public static final int MAX_ENTRY_BYTES = 256 * 1024;

    /** One that follows. Must return at once; lets an entry pass if it can take no more. */
    @FunctionalInterface
    public interface Follower {
        void entry(long index, byte[] entry);
    }

    private final List<Follower> followers = new CopyOnWriteArrayList<>();

    /** From now on {@code follower} is told. */
    public void add(Follower follower) {
        followers.add(follower);
    }

    public void remove(Follower follower) {
        followers.remove(follower);
    }

    /** How many follow. */
    public int followers() {
        return followers.size();
    }

    private static void tell(Follower follower, long index, byte[] entry) {
        try {
            follower.entry(index, entry);
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.warn("a follower could not be told entry {}, and will find it in the log", index, e);
        }
    }

    /** This node has committed an entry; those of one term come in their order. The bytes must not change any more. */
    public void committed(long index, byte[] entry) {
        if (entry.length <= MAX_ENTRY_BYTES) {
            followers.forEach(follower -> tell(follower, index, entry));
        }
    }
}
