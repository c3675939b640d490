package io.wesdb.internal.verify;

import io.wesdb.internal.cluster.Reports.Kind;
import io.wesdb.internal.cluster.Reports.Report;
import io.wesdb.internal.cluster.Reports.Trust;
import java.util.Collection;
import java.util.SortedSet;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** Verdicts in words, bounded (I12). Stateless. */
final class Wording {
    private static final int MAX_NAMES = 10;
    private static final int MAX_NAME_LENGTH = 200;

    private Wording() {}

    static String minority(Report own, Verdict.Minority verdict, @Nullable Trust trust) {
        SortedSet<String> others = verdict.majorityNodes();
        return what(own) + " differs from that of " + nodes(others) + in(verdict.differingTables())
                + (trust == null || !others.contains(trust.node()) ? "" : "; a person trusts '" + trust.node() + "'");
    }

    static String majority(Report own, Verdict.Majority verdict) {
        return what(own) + " is right; " + nodes(verdict.deviantNodes()) + " differ" + in(verdict.differingTables());
    }

    static String tied(Report own, Verdict.Tied verdict) {
        StringJoiner groups = new StringJoiner(" against ");
        verdict.groups().values().forEach(group -> groups.add(names(group)));
        return "nodes differ and there is no majority: " + what(own) + ": " + groups + in(verdict.differingTables())
                + "; decide which node to trust";
    }

    private static String what(Report own) {
        return (own.kind() == Kind.OUTCOMES ? "the outcomes of the commands up to index " : "the content at index ")
                + own.index();
    }

    private static String nodes(SortedSet<String> nodes) {
        return nodes.size() + (nodes.size() == 1 ? " node (" : " nodes (") + names(nodes) + ")";
    }

    private static String in(SortedSet<String> tables) {
        return tables.isEmpty() ? "" : " in " + (tables.size() == 1 ? "table " : "tables ") + names(tables);
    }

    private static String names(Collection<String> names) {
        StringJoiner joined = new StringJoiner(", ");
        names.stream()
                .limit(MAX_NAMES)
                .map(name -> name.length() > MAX_NAME_LENGTH ? name.substring(0, MAX_NAME_LENGTH) + "…" : name)
                .forEach(joined::add);
        return joined + (names.size() > MAX_NAMES ? " and " + (names.size() - MAX_NAMES) + " more" : "");
    }
}
