package io.wesdb.internal.write;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The writes that wait to be sent: a line for each caller, and turns among the lines. Whoever has thousands of writes waiting
 * stands in the way of nobody who has one.
 *
 * <p><b>Turns</b> are deficit round robin (M. Shreedhar, G. Varghese: <i>Efficient Fair Queueing Using Deficit
 * Round-Robin</i>, 1995): at each turn a line may spend {@value #QUANTUM_BYTES} bytes more, and what it cannot spend,
 * because its first write is larger, it keeps for the next one. A short write costs {@value #LEAST_COST}, since executing it
 * takes time too; a huge one no more than {@value #MOST_COST}, so that it has its turn within 64 rounds.
 *
 * <p>Who waits, waits for whole batches. So while several callers have writes, none gets more than {@value #MOST_TURNS} turns in
 * one batch; a batch of a caller who has been alone for a while is as large as may be.
 *
 * <p><b>Order.</b> Writes of one caller are taken in the order in which they came, and while some of them are under way no
 * others of this caller are taken: a batch can come into the log although an earlier one did not, so this alone keeps
 * their order whatever happens on the way.
 *
 * <p>A line is there only as long as its caller has something waiting or under way. Owned by the replicator lane.
 */
final class FairQueue {
    static final int QUANTUM_BYTES = 64 * 1024;
    static final int LEAST_COST = 256;
    static final int MOST_COST = 64 * QUANTUM_BYTES;

    static final int MOST_TURNS = 4;

    /** For how many batches a caller counts as not alone. */
    private static final int NOT_ALONE = 16;

    /** What a command's length takes at most in a batch. */
    private static final int LENGTH_BYTES = 5;

    private final Map<Caller, Line> lines = new HashMap<>();

    /** The lines that have something waiting, the one whose turn it is first; and some that had, or may not be served now. */
    private final Deque<Line> turns = new ArrayDeque<>();

    private int size;
    private int ready;
    private long takings;
    /** The last taking that took from several lines. */
    private long sharedTaking = -NOT_ALONE;

    /** No write that waits has an earlier deadline; so they need not be looked through again and again. */
    private long earliestNanos;

    private static final class Line {
        private final Caller caller;
        private final Deque<PendingWrite> writes = new ArrayDeque<>();
        private long credit;
        private boolean inTurns;
        private boolean itsTurn;
        private int underWay;
        /** The last taking that took something from it. */
        private long taking;

        private int turnsInTaking;

        Line(Caller caller) {
            this.caller = caller;
        }
    }

    /** How many wait. */
    int size() {
        return size;
    }

    /** How many of them may be taken, as far as their callers have nothing under way. */
    int ready() {
        return ready;
    }

    /** How many callers are known. */
    int callers() {
        return lines.size();
    }

    void add(PendingWrite write) {
        Line line = lines.computeIfAbsent(write.caller, Line::new);
        line.writes.add(write);
        noteDeadline(write);
        counted(line, 1);
        if (!line.inTurns) {
            line.inTurns = true;
            turns.add(line);
        }
    }

    private void noteDeadline(PendingWrite write) {
        if (size == 0 || write.deadlineNanos - earliestNanos < 0) {
            earliestNanos = write.deadlineNanos;
        }
    }

    private void counted(Line line, int change) {
        size += change;
        if (line.underWay == 0) {
            ready += change;
        }
    }

    /**
     * Takes writes for a batch; those whose deadline has passed are handed to {@code expired} instead. A write that must be
     * alone, or is larger than a batch, comes alone.
     *
     * @param maxBytes of the batch, the first write's excepted
     */
    List<PendingWrite> take(long maxBytes, int maxWrites, long nowNanos, Consumer<PendingWrite> expired) {
        takings++;
        Company company = new Company(maxBytes, maxWrites, nowNanos);
        Deque<Line> passedOver = new ArrayDeque<>();
        while (!turns.isEmpty()) {
            Line line = turns.element();
            dropExpired(line, nowNanos, expired);
            PendingWrite next = line.writes.peek();
            boolean held = line.underWay > 0 && line.taking != takings;
            if (next == null || held) {
                leaveTurns(line);
            } else if (hasHadEnough(line)) {
                passedOver.push(turns.remove());
            } else if (!mayPay(line, next)) {
                turns.add(turns.remove());
            } else if (!company.hasRoom(next)) {
                break;
            } else if (!company.suits(next)) {
                passedOver.push(turns.remove());
            } else {
                company.add(next, line.taking != takings);
                serve(line);
            }
        }
        passedOver.forEach(turns::addFirst);
        if (company.callers > 1) {
            sharedTaking = takings;
        }
        return company.writes;
    }

    private boolean hasHadEnough(Line line) {
        return line.taking == takings
                && !line.itsTurn
                && line.turnsInTaking >= MOST_TURNS
                && takings - sharedTaking < NOT_ALONE;
    }

    /** Whether its credit suffices; otherwise its turn is over. */
    private static boolean mayPay(Line line, PendingWrite next) {
        if (!line.itsTurn) {
            line.itsTurn = true;
            line.turnsInTaking++;
            // More than it needs beside the new quantum it can only have left because a batch was full before its turn
            // ended.
            line.credit = Math.min(line.credit, cost(next)) + QUANTUM_BYTES;
        }
        line.itsTurn = cost(next) <= line.credit;
        return line.itsTurn;
    }

    private static long cost(PendingWrite write) {
        return Math.min(MOST_COST, Math.max(LEAST_COST, write.command.length));
    }

    private void serve(Line line) {
        if (line.underWay == 0) {
            ready -= line.writes.size();
        }
        PendingWrite write = line.writes.remove();
        size--;
        if (line.taking != takings) {
            line.taking = takings;
            line.turnsInTaking = 1;
        }
        line.underWay++;
        line.credit -= cost(write);
        write.underWay = true;
    }

    private void leaveTurns(Line line) {
        turns.remove();
        line.inTurns = false;
        line.itsTurn = false;
        if (line.writes.isEmpty()) {
            line.credit = 0; // who has nothing to send saves nothing
            forgetIfGone(line);
        }
    }

    private void forgetIfGone(Line line) {
        if (line.writes.isEmpty() && line.underWay == 0 && !line.inTurns) {
            lines.remove(line.caller);
        }
    }

    private void dropExpired(Line line, long nowNanos, Consumer<PendingWrite> expired) {
        for (PendingWrite first = line.writes.peek();
                first != null && first.expired(nowNanos);
                first = line.writes.peek()) {
            line.writes.remove();
            counted(line, -1);
            expired.accept(first);
        }
    }

    /** These are under way no more, or nobody waits for them any longer: their callers' next ones may be taken. */
    void settle(Collection<PendingWrite> writes) {
        writes.forEach(this::settle);
    }

    /** Does nothing if it was settled before. */
    void settle(PendingWrite write) {
        Line line = lines.get(write.caller);
        if (line == null || !write.underWay) {
            return;
        }
        write.underWay = false;
        line.underWay--;
        if (line.underWay == 0) {
            ready += line.writes.size();
            if (!line.writes.isEmpty() && !line.inTurns) {
                line.inTurns = true;
                turns.add(line);
            }
            forgetIfGone(line);
        }
    }

    /**
     * Settles these, and has them waiting again, before whatever else waits, in the order given. What they paid for their
     * turns is given back.
     */
    void putBack(List<PendingWrite> writes) {
        if (writes.isEmpty()) {
            return;
        }
        settle(writes);
        Set<Line> first = new LinkedHashSet<>();
        for (int i = writes.size() - 1; i >= 0; i--) {
            PendingWrite write = writes.get(i);
            Line line = lines.computeIfAbsent(write.caller, Line::new);
            line.writes.addFirst(write);
            noteDeadline(write);
            line.credit += cost(write);
            line.inTurns = true;
            counted(line, 1);
            first.remove(line);
            first.add(line);
        }
        turns.removeIf(first::contains);
        first.forEach(turns::addFirst);
    }

    /** Takes away all whose deadline has passed. */
    void removeExpired(long nowNanos, Consumer<PendingWrite> expired) {
        if (size == 0 || nowNanos - earliestNanos < 0) {
            return;
        }
        int before = size;
        long earliestLeft = Long.MAX_VALUE;
        for (Line line : lines.values()) {
            for (Iterator<PendingWrite> each = line.writes.iterator(); each.hasNext(); ) {
                PendingWrite write = each.next();
                if (write.expired(nowNanos)) {
                    each.remove();
                    counted(line, -1);
                    expired.accept(write);
                } else {
                    earliestLeft = Math.min(earliestLeft, write.left(nowNanos));
                }
            }
        }
        earliestNanos = nowNanos + earliestLeft; // if nothing is left, the next one sets it
        if (size < before) {
            // Not left for their turn to come: without a leader it would not.
            turns.removeIf(line -> line.writes.isEmpty());
            lines.values().removeIf(line -> line.writes.isEmpty() && leftTurns(line) && line.underWay == 0);
        }
    }

    private static boolean leftTurns(Line line) {
        line.inTurns = false;
        line.itsTurn = false;
        line.credit = 0;
        return true;
    }

    /** Takes away all. What is under way stays so. */
    List<PendingWrite> removeAll() {
        List<PendingWrite> all = new ArrayList<>(size);
        for (Line line : List.copyOf(lines.values())) {
            all.addAll(line.writes);
            line.writes.clear();
            line.inTurns = false;
            line.itsTurn = false;
            line.credit = 0;
            forgetIfGone(line);
        }
        turns.clear();
        size = 0;
        ready = 0;
        return all;
    }

    /** What goes together into a batch. */
    private static final class Company {
        private final long maxBytes;
        private final int maxWrites;
        private final long nowNanos;
        private final List<PendingWrite> writes = new ArrayList<>();
        private int callers;
        private long bytes;
        private long leastLeft = Long.MAX_VALUE;
        private long leastSuffered = Long.MIN_VALUE;

        Company(long maxBytes, int maxWrites, long nowNanos) {
            this.maxBytes = maxBytes;
            this.maxWrites = maxWrites;
            this.nowNanos = nowNanos;
        }

        boolean hasRoom(PendingWrite next) {
            return writes.isEmpty()
                    || (!next.alone
                            && !writes.get(0).alone
                            && writes.size() < maxWrites
                            && bytes + next.command.length + LENGTH_BYTES <= maxBytes);
        }

        /** A batch has the earliest deadline of its writes: that must be late enough for each of them. */
        boolean suits(PendingWrite next) {
            return Math.min(leastLeft, next.left(nowNanos)) >= Math.max(leastSuffered, next.companyLeft(nowNanos));
        }

        void add(PendingWrite next, boolean ofAnotherCaller) {
            writes.add(next);
            callers += ofAnotherCaller ? 1 : 0;
            bytes += next.command.length + LENGTH_BYTES;
            leastLeft = Math.min(leastLeft, next.left(nowNanos));
            leastSuffered = Math.max(leastSuffered, next.companyLeft(nowNanos));
        }
    }
}
