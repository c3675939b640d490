package io.wesdb.internal.cluster;

import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What nodes say of their content at an index, for the others to compare (I10), and whom a person has decided to trust
 * where the nodes cannot decide. Thread safe; nothing here waits.
 */
public interface Reports extends AutoCloseable {
    /** What is compared. */
    enum Kind {
        /** The running digest of all outcomes. */
        OUTCOMES,
        /** The hash of the whole content. */
        CONTENT
    }

    /**
     * What one node found at one index. It says nothing about any other index, and stays true for its own however much
     * later it is read.
     *
     * @param node who says so
     * @param index of the last entry that is in it
     * @param value equal on nodes that are equal (I3)
     * @param tables what {@code value} is made of, to tell where nodes differ; may be empty, or folded as in {@link
     *     TableHashes}
     */
    record Report(String node, Kind kind, long index, long value, SortedMap<String, Long> tables) {
        public Report {
            tables = Collections.unmodifiableSortedMap(new TreeMap<>(tables));
        }
    }

    /**
     * A person's decision: what this node had up to the index is right. The log's index rather than a clock says which
     * disputes were meant, since only that is the same everywhere.
     */
    record Trust(String node, long index) {}

    /** Says it; replaces what the node said before of that kind. Lost connections are waited out. */
    void publish(Report report);

    /** Takes back what {@code node} said: its file was replaced, or it is no longer a member. Likewise waited out. */
    void withdraw(String node);

    /** What everyone says, as last seen. */
    List<Report> reports();

    /** Whether {@link #reports()} follows the present; false while the connection is lost. */
    boolean current();

    /** Has {@code onChange} called, on any thread, when reports or trust have changed; it must not block. */
    void listen(Runnable onChange);

    /** Writes a person's decision; fails with LogUnavailableException if that cannot be done now (repeating is harmless). */
    CompletableFuture<Void> trust(Trust trust);

    /** The last decision; null if there is none. */
    @Nullable Trust trusted();

    /** What was said stays. Idempotent. */
    @Override
    void close();
}
