package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import java.util.List;

/**
 * The command by which a leader keeps the planner's statistics up to date on all nodes alike. The same as a user's
 * {@code PRAGMA optimize}. Stateless.
 */
public final class OptimizeCommand {
    private static final String SQL = "PRAGMA optimize";
    private static final Command COMMAND = new Command(List.of(new SqlStatement(SQL, List.of())));

    private OptimizeCommand() {}

    /** To be submitted by the node itself. */
    public static Command command() {
        return COMMAND;
    }

    static boolean is(Command command) {
        return command.equals(COMMAND);
    }
}
