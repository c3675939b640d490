package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.SqlStatement;
import java.util.List;

/**
 * The command that has every node hash its content at exactly the index of the entry it is in (I10). It is logged like
 * any other and changes nothing; its text is no SQL and is refused from users. Stateless.
 */
public final class VerifyCommand {
    /** The first word, which {@link StatementRules} keeps for wesdb. */
    static final String VERB = "WESDB";

    /** What the log carries; it may never change. */
    public static final String SQL = VERB + " VERIFY CONTENT";

    private static final Command COMMAND = new Command(List.of(new SqlStatement(SQL, List.of())));

    private VerifyCommand() {}

    /** To be submitted by the node itself. */
    public static Command command() {
        return COMMAND;
    }

    static boolean is(Command command) {
        List<SqlStatement> statements = command.statements();
        return statements.size() == 1
                && statements.get(0).sql().equals(SQL)
                && statements.get(0).values().isEmpty();
    }

    /** Whether such a command was executed with the entry, and not in a batch that was skipped. */
    static boolean executed(Entry entry, EntryOutcome outcome) {
        List<Batch> batches = entry.batches();
        for (int i = 0; i < batches.size(); i++) {
            if (!outcome.batches().get(i).duplicate()) {
                for (Command command : batches.get(i).commands()) {
                    if (is(command)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }
}
