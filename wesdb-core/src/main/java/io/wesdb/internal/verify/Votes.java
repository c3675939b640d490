package io.wesdb.internal.verify;

import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.TableHashes;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The reports on one question: those of one kind at exactly one index, and who is still to answer. Immutable. */
final class Votes {
    private final SortedMap<String, Report> byNode = new TreeMap<>();
    private final SortedMap<Long, SortedSet<String>> groups = new TreeMap<>();
    private final SortedSet<String> missing;

    /**
     * @param self whose own report counts only as {@code own}: what an earlier life of this node said is not its vote
     * @param voters members present that could vote
     */
    Votes(
            Kind kind,
            long index,
            String self,
            @Nullable Report own,
            Collection<Report> reports,
            Collection<String> voters) {
        missing = new TreeSet<>(voters);
        for (Report report : reports) {
            if (report.kind() != kind || report.node().equals(self)) {
                continue;
            } else if (report.index() == index) {
                byNode.put(report.node(), report);
            } else if (kind == Kind.CONTENT && report.index() > index) {
                missing.remove(report.node()); // it goes forward only. (With outcomes we follow it to its index.)
            }
        }
        if (own != null) {
            byNode.put(self, own);
        }
        missing.removeAll(byNode.keySet());
        byNode.forEach((node, report) ->
                groups.computeIfAbsent(report.value(), value -> new TreeSet<>()).add(node));
    }

    SortedSet<String> nodes() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(byNode.keySet()));
    }

    SortedSet<String> missing() {
        return Collections.unmodifiableSortedSet(missing);
    }

    SortedMap<Long, SortedSet<String>> groups() {
        return Collections.unmodifiableSortedMap(groups);
    }

    /** Those who voted like {@code node}; null if it has not voted. */
    @Nullable SortedSet<String> groupOf(String node) {
        Report report = byNode.get(node);
        return report == null ? null : groups.get(report.value());
    }

    /** Those who agree and are more than half of {@code electorate}, at least two; null if nobody is. */
    @Nullable SortedSet<String> majorityOf(int electorate) {
        for (SortedSet<String> group : groups.values()) {
            if (group.size() >= 2 && group.size() * 2 > electorate) {
                return group;
            }
        }
        return null;
    }

    /** Those who voted and are not in {@code group}. */
    SortedSet<String> allBut(Set<String> group) {
        SortedSet<String> others = new TreeSet<>(byNode.keySet());
        others.removeAll(group);
        return Collections.unmodifiableSortedSet(others);
    }

    /** The tables in which {@code node}'s report differs from those of any of {@code others}. */
    SortedSet<String> differingTables(String node, Collection<String> others) {
        SortedSet<String> tables = new TreeSet<>();
        Report mine = byNode.get(node);
        for (Map.Entry<String, Report> other : byNode.entrySet()) {
            if (mine != null
                    && others.contains(other.getKey())
                    && other.getValue().value() != mine.value()) {
                tables.addAll(
                        TableHashes.differing(mine.tables(), other.getValue().tables()));
            }
        }
        return Collections.unmodifiableSortedSet(tables);
    }
}
