package io.wesdb.internal.sqlite;

import io.wesdb.SqlException;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.RowsHash;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandRunner.RefusedException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * Whether a command's conditions hold, on the writer's connection, so that they see what every command before has done
 * and decide alike everywhere (I3): what a write may not ask, a condition may not either. Owned by the applier's thread.
 */
final class ConditionCheck {
    /** Tells an error that is an outcome from a fault of this node, which it throws. */
    @FunctionalInterface
    interface Errors {
        RefusedException outcome(SQLException error, @Nullable StatementProfile profile) throws SQLException;
    }

    private final WriterConnection connection;
    private final StateTables state;
    private final ExecutionContext context;
    private final WriterStatements statements;
    private final Errors errors;

    ConditionCheck(
            WriterConnection connection,
            StateTables state,
            ExecutionContext context,
            WriterStatements statements,
            Errors errors) {
        this.connection = connection;
        this.state = state;
        this.context = context;
        this.statements = statements;
        this.errors = errors;
    }

    /** Why it does not hold; null if it does. */
    @Nullable String unmet(Condition condition) throws SQLException, RefusedException {
        if (condition instanceof Condition.NothingSince since) {
            return unmet(since.index());
        }
        Condition.QueryGives gives = (Condition.QueryGives) condition;
        // One row too many decides, and all nodes wait while this is looked at.
        RowsHash found = rows(gives.query(), gives.rows().rows() + 1);
        if (found.equals(gives.rows())) {
            return null;
        }
        long expected = gives.rows().rows();
        if (found.rows() == expected) {
            return "the precondition's query gives other rows than expected";
        }
        return "the precondition's query gives " + (found.rows() > expected ? "more" : String.valueOf(found.rows()))
                + " rows, expected were " + expected;
    }

    private @Nullable String unmet(long index) {
        if (index > state.position().applied()) {
            return "index " + index + " was not reached yet when the write's turn came";
        } else if (state.unchangedSince() > index) {
            return "something was written since index " + index;
        }
        return null;
    }

    private RowsHash rows(SqlStatement query, long atMost) throws SQLException, RefusedException {
        StatementText text = statements.text(query.sql());
        if (text.refusal() != null) {
            throw refused(text.refusal());
        } else if (!text.query()) {
            throw refused(StatementRules.NO_CONDITION);
        } else if (text.parameterCount() != query.values().size()) {
            throw refused("the query has " + text.parameterCount() + " parameters, but "
                    + query.values().size() + " values were given");
        }
        CompiledStatement compiled;
        try {
            compiled = statements.compile(text);
        } catch (SQLException e) {
            throw errors.outcome(e, null);
        }
        String refusal = refusal(compiled);
        if (refusal != null) {
            statements.used(text, compiled);
            throw refused(refusal);
        }
        return rows(text, compiled, query, atMost);
    }

    private @Nullable String refusal(CompiledStatement compiled) throws SQLException {
        StatementProfile profile = compiled.profile();
        if (compiled.refusal() != null) {
            return compiled.refusal();
        } else if (profile.writes()) {
            return StatementRules.NO_CONDITION;
        } else if (profile.functions().contains("random") || profile.functions().contains("randomblob")) {
            return "random() never gives the same again";
        }
        try {
            FunctionRules.checkRead(profile);
        } catch (SqlException e) {
            return String.valueOf(e.getMessage());
        }
        String table = VirtualTableRules.refused(connection.sqlite(), profile, VirtualTableRules::isForRead);
        return table == null ? null : table + " is not allowed";
    }

    private RowsHash rows(StatementText text, CompiledStatement compiled, SqlStatement query, long atMost)
            throws SQLException, RefusedException {
        NativeStatement statement = compiled.statement();
        RowsHash.Maker found = new RowsHash.Maker();
        context.pureOnly(compiled.profile().pureDatesOnly());
        try {
            int columns = compiled.columns().size();
            boolean row = statement.execute(query.values());
            while (row) {
                found.row(columns);
                for (int i = 0; i < columns; i++) {
                    found.value(statement.value(i));
                }
                row = found.rows() < atMost && statement.step();
            }
            return found.hash();
        } catch (SQLException e) {
            throw errors.outcome(e, compiled.profile());
        } finally {
            statement.reset();
            context.pureOnly(false);
            statements.used(text, compiled);
        }
    }

    private static RefusedException refused(String why) {
        return new RefusedException(Kind.SQL_ERROR, why, 0);
    }
}
