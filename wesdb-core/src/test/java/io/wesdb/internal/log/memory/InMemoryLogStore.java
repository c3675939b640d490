package io.wesdb.internal.log.memory;

import io.wesdb.internal.log.EntryMissingException;
import io.wesdb.internal.log.ReplicatedLog.AppendResult;
import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;

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
    private Head head = new Head(0, 0);
    private Term term;

    /** Everything happens at once, in the thread of the caller. */
    public InMemoryLogStore() {
        this(Runnable::run);
    }

    public InMemoryLogStore(Executor executor) {
        this.serial = new SerialExecutor(executor);
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
        announce();
        return AppendResult.COMMITTED;
    }

    Term raiseFence(String leader, String address) {
        term = new Term(term == null ? 1 : term.epoch() + 1, leader, address);
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

    private void announce() {
        List<InMemoryLog> told;
        synchronized (this) {
            told = new ArrayList<>(logs.values());
        }
        told.forEach(InMemoryLog::announce);
    }

    /** Takes the entries up to {@code index} out of the log. */
    public void truncate(long index) {
        execute(() -> entries.headMap(index, true).clear());
    }
}
