package io.wesdb.internal.log;

import java.util.List;

/** What one client wants done atomically: its statements in order, at least one. */
public record Command(List<SqlStatement> statements) {
    public Command {
        statements = List.copyOf(statements);
    }
}
