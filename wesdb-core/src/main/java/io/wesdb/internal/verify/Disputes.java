package io.wesdb.internal.verify;

import io.wesdb.internal.cluster.Reports.Kind;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Ties that nobody has decided yet. Owned by the jury's lane; {@link #text()} may be called from anywhere.
 */
final class Disputes {
    private static final long AGAIN_NANOS = 60_000_000_000L;

    private final Map<Kind, Dispute> open = new EnumMap<>(Kind.class);
    private volatile @Nullable String text;
    private long toldNanos;

    /**
     * @param since the index of the first question that was tied; later ones without a result go on with it
     * @param sides who agrees with whom
     */
    private record Dispute(long since, Set<SortedSet<String>> sides, String why) {}

    @Nullable String text() {
        return text;
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /** Where the dispute began of which a question at {@code index} is part. */
    long since(Kind kind, long index) {
        Dispute dispute = open.get(kind);
        return dispute == null ? index : Math.min(dispute.since(), index);
    }

    /** Whether that is news: the same sides at a later index are not. */
    boolean tied(Kind kind, long index, Verdict.Tied verdict, String why, long nowNanos) {
        Set<SortedSet<String>> sides = new HashSet<>(verdict.groups().values());
        Dispute before = open.put(kind, new Dispute(since(kind, index), sides, why));
        write();
        if (before != null && before.sides().equals(sides)) {
            return false;
        }
        toldNanos = nowNanos;
        return true;
    }

    /** Whether this was the last one. */
    boolean settle(Kind kind) {
        boolean last = open.remove(kind) != null && open.isEmpty();
        write();
        return last;
    }

    boolean settleAll() {
        boolean any = !open.isEmpty();
        open.clear();
        write();
        return any;
    }

    /** Whether it is time to say it again. */
    boolean repeat(long nowNanos) {
        if (open.isEmpty() || nowNanos - toldNanos < AGAIN_NANOS) {
            return false;
        }
        toldNanos = nowNanos;
        return true;
    }

    private void write() {
        StringBuilder all = new StringBuilder();
        for (Dispute dispute : open.values()) {
            all.append(all.length() == 0 ? "" : "; ").append(dispute.why());
        }
        text = open.isEmpty() ? null : all.toString();
    }
}
