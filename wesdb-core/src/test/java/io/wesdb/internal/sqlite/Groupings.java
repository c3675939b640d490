package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.log.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Applies the same commands to several replicas: all in one entry, each in its own, each in its own with a restart
 * after each, and in entries of three. Outcomes and contents must be equal; that is what the design promises (I3).
 */
final class Groupings {
    private Groupings() {}

    /** The outcomes, equal on all. */
    static List<CommandOutcome> check(Path directory, List<Command> before, List<Command> commands) {
        List<CommandOutcome> expected = null;
        List<String> contents = null;
        SortedMap<String, Long> hashes = null;
        long digest = 0;
        for (Way way : Way.values()) {
            try (TestNode node = new TestNode(directory.resolve(way + ".db"))) {
                for (Command command : before) {
                    CommandOutcome outcome = node.apply(command).get(0);
                    assertEquals(CommandOutcome.Done.class, outcome.getClass(), () -> command + " " + outcome);
                }
                List<CommandOutcome> outcomes = way.apply(node, commands).stream()
                        .map(Groupings::withoutIndex)
                        .toList();
                List<String> dump = node.contents();
                SortedMap<String, Long> hashed = usersTables(node);
                if (expected == null) {
                    expected = outcomes;
                    contents = dump;
                    hashes = hashed;
                    digest = node.replica().position().digest();
                }
                for (int i = 0; i < commands.size(); i++) {
                    assertEquals(expected.get(i), outcomes.get(i), way + " differs at " + commands.get(i));
                }
                assertEquals(String.join("\n", contents), String.join("\n", dump), way + " differs in contents");
                assertEquals(hashes, hashed, way + " differs in what is hashed");
                if (way.size == 1) {
                    assertEquals(digest, node.replica().position().digest(), way + " differs in its digest");
                }
            }
        }
        return expected;
    }

    /** The entry that a command was in when it was executed is what the ways differ in. */
    private static CommandOutcome withoutIndex(CommandOutcome outcome) {
        return outcome instanceof CommandOutcome.Replayed replayed
                ? new CommandOutcome.Replayed(0, replayed.first(), replayed.rowsOmitted())
                : outcome;
    }

    /** wesdb's own tables say how the commands were grouped. */
    private static SortedMap<String, Long> usersTables(TestNode node) {
        Clock clock = Clock.system();
        long index = node.replica().position().applied();
        try (ContentSnapshot snapshot = ContentSnapshot.open(node.settings, index)) {
            ContentHash hash = snapshot.hash(() -> false, clock, clock.nanos() + TimeUnit.MINUTES.toNanos(1));
            SortedMap<String, Long> tables = new TreeMap<>(hash.tables());
            tables.keySet().removeIf(table -> table.startsWith(StatementRules.OWN_PREFIX));
            return tables;
        }
    }

    private enum Way {
        EACH_ALONE(1, false),
        ALL_TOGETHER(Integer.MAX_VALUE, false),
        ALONE_AND_RESTARTED(1, true),
        THREES(3, false),
        PAIRS_RESTARTED(2, true);

        private final int size;
        private final boolean restart;

        Way(int size, boolean restart) {
            this.size = size;
            this.restart = restart;
        }

        List<CommandOutcome> apply(TestNode node, List<Command> commands) {
            List<CommandOutcome> outcomes = new ArrayList<>();
            for (int from = 0; from < commands.size(); ) {
                int to = (int) Math.min(commands.size(), (long) from + size);
                outcomes.addAll(node.apply(commands.subList(from, to)));
                from = to;
                if (restart) {
                    node.restart();
                }
            }
            return outcomes;
        }
    }
}
