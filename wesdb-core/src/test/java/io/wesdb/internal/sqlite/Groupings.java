package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.log.Command;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

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
        for (Way way : Way.values()) {
            try (TestNode node = new TestNode(directory.resolve(way + ".db"))) {
                for (Command command : before) {
                    CommandOutcome outcome = node.apply(command).get(0);
                    assertEquals(CommandOutcome.Done.class, outcome.getClass(), () -> command + " " + outcome);
                }
                List<CommandOutcome> outcomes = way.apply(node, commands);
                List<String> dump = node.contents();
                if (expected == null) {
                    expected = outcomes;
                    contents = dump;
                }
                for (int i = 0; i < commands.size(); i++) {
                    assertEquals(expected.get(i), outcomes.get(i), way + " differs at " + commands.get(i));
                }
                assertEquals(String.join("\n", contents), String.join("\n", dump), way + " differs in contents");
            }
        }
        return expected;
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
