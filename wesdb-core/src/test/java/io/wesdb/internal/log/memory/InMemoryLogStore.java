package io.wesdb.internal.log.memory;

import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import io.wesdb.internal.log.TermOverException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;

/**
 * What ZooKeeper is in production, in memory: the entries, the head and the term, each request being one atomic step. A
 * test gives it one {@link InMemoryLog} a node, and drives each node's connection through {@link #faults}.
 *
 * <p>Thread safe: everything happens on a serial executor over the one given.
 */
public final class InMemoryLogStore {
    private final SerialExecutor serial;
    private final Map<String, InMemoryLog> logs = new LinkedHashMap<>();
    private final TreeMap<Long, byte[]> entries = new TreeMap<>();
    private final long baseEpoch;
    private Head head;
    private long first;
    private Term term;
    /** Told of each entry as it is committed. */
    public BiConsumer<Long, byte[]> onCommit = (index, entry) -> {};

    /** Everything happens at once, in the thread of the caller. */
    public InMemoryLogStore() {
        this(Runnable::run);
    }

    public InMemoryLogStore(Executor executor) {
        this(executor, 0, 0);
    }

    /** A log that begins after {@code baseIndex}, and its terms after {@code baseEpoch}. */
    public InMemoryLogStore(Executor executor, long baseIndex, long baseEpoch) {
        this.serial = new SerialExecutor(executor);
        this.baseEpoch = baseEpoch;
        this.head = new Head(baseIndex, baseEpoch);
        this.first = baseIndex + 1;
    }

    /** A new session of {@code node}, which takes the place of the one before. */
    public synchronized InMemoryLog log(String node) {
        InMemoryLog log = new InMemoryLog(this, node);
        logs.put(node, log);
        return log;
    }

    /** What drives the connection of {@code node}'s last session. */
    public synchronized Faults faults(String node) {
        return logs.get(node).faults();
    }

    void execute(Runnable work) {
        serial.execute(work);
    }

    AppendResult append(long epoch, long index, byte[] entry) {
        if (term == null || term.epoch() != epoch) {
            return AppendResult.FENCED;
        } else if (index <= head.index()) {
            return Arrays.equals(entry, entries.get(index)) ? AppendResult.COMMITTED : AppendResult.UNKNOWN;
        } else if (index != head.index() + 1) {
            return AppendResult.UNKNOWN;
        }
        entries.put(index, entry.clone());
        head = new Head(index, epoch);
        onCommit.accept(index, entry);
        announce();
        return AppendResult.COMMITTED;
    }

    Term raiseFence(String leader, String address) {
        term = new Term((term == null ? baseEpoch : term.epoch()) + 1, leader, address);
        announce();
        return term;
    }

    byte[] read(long index) {
        byte[] entry = entries.get(index);
        if (entry == null) {
            throw new EntryMissingException(index);
        }
        return entry.clone();
    }

    Head head() {
        return head;
    }

    Term term() {
        return term;
    }

    /** Whether a newer term than {@code epoch} has begun; to be asked on the executor. */
    public boolean isOver(long epoch) {
        return term != null && term.epoch() > epoch;
    }

    long first() {
        return first;
    }

    Void truncate(Term by, long below) {
        if (term == null || term.epoch() != by.epoch()) {
            throw new TermOverException(by);
        }
        drop(Math.min(below, head.index()));
        return null;
    }

    private void drop(long below) {
        first = Math.max(first, below);
        entries.headMap(first).clear();
    }

    /** The lowest index that is there; for simulations, which have one thread. */
    public long firstNow() {
        return first;
    }

    /** How many there are, as {@link #firstNow}. */
    public int sizeNow() {
        return entries.size();
    }

    /** How many entries there are. */
    public CompletableFuture<Integer> size() {
        CompletableFuture<Integer> size = new CompletableFuture<>();
        execute(() -> size.complete(entries.size()));
        return size;
    }

    private void announce() {
        List<InMemoryLog> told;
        synchronized (this) {
            told = new ArrayList<>(logs.values());
        }
        told.forEach(InMemoryLog::announce);
    }

    /** Someone has put back an old state of the log, which ends at {@code index}. */
    public void restore(long index) {
        execute(() -> {
            entries.tailMap(index, false).clear();
            head = new Head(index, head.epoch());
        });
    }

    /** Takes the entries up to {@code index} out of the log. */
    public void truncate(long index) {
        execute(() -> drop(index + 1));
    }
}
