package io.wesdb.internal.sqlite;

import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.First;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteLimits;
import org.sqlite.SQLiteUpdateListener;
import org.sqlite.core.DB;

/**
 * Executes the statements of one command, inside whatever transaction the caller has begun, so that the outcome depends
 * on the content of the database and the log alone (I3). When it gives {@link Refused}, the caller undoes the command
 * and calls {@link #undone}. Owned by the applier's thread.
 */
final class CommandRunner {
    private static final Done NOTHING_TO_TELL =
            new Done(List.of(new StatementResult(0, OptionalLong.empty(), List.of(), List.of())));

    private final WriterConnection connection;
    private final DB db;
    private final StateTables state;
    private final ExecutionContext context;
    private final WriterStatements statements;
    private final ConditionCheck conditions;
    private final LargestRowIdGuard rowIds;
    private final NativeStatement lastRowId;
    private final ReadLimits resultLimits;
    private long totalChangesBefore;
    private boolean carefully;
    private boolean looksAhead;
    private boolean nearEnd;
    private boolean statisticsTouched;

    CommandRunner(WriterConnection connection, StateTables state, ExecutionContext context, long maxResultBytes)
            throws SQLException {
        this.connection = connection;
        this.db = connection.sqlite().getDatabase();
        this.state = state;
        this.context = context;
        this.resultLimits = new ReadLimits(Long.MAX_VALUE, maxResultBytes);
        this.statements = new WriterStatements(connection);
        this.conditions = new ConditionCheck(connection, state, context, statements, this::refusedOrFault);
        this.rowIds = new LargestRowIdGuard(connection, statements);
        this.lastRowId = connection.prepare("SELECT last_insert_rowid()");
    }

    /**
     * The command has used up a table's rowids, or nearly, and must be run in a transaction of its own, {@link
     * #runCarefully}: the refusal comes after the fact, when there may be no savepoint to undo it, or SQLite has undone the
     * whole transaction.
     */
    static final class RunAloneException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        RunAloneException() {
            super(null, null, false, false);
        }
    }

    /**
     * SQLite says that the disk is full, and has undone the whole transaction. It says so too of an AUTOINCREMENT table that
     * has used up its rowids. The former is this node's own trouble, of which nothing may show in what it does with the
     * entry; the latter is every node's. Which it is shows when the same is run again with {@link #lookAhead}.
     */
    static final class FullException extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FullException() {
            super(null, null, false, false);
        }
    }

    /**
     * Whether from now on a command that might use up an AUTOINCREMENT table's rowids ends with {@link RunAloneException}
     * before it does, so that a disk that is full then is the disk.
     */
    void lookAhead(boolean on) {
        looksAhead = on;
    }

    /** Runs a command that ended with one of these exceptions again, looking at the rowids beforehand. */
    First runCarefully(Command command, long seed, int ordinal) throws SQLException {
        carefully = true;
        try {
            return run(command, seed, ordinal);
        } finally {
            carefully = false;
        }
    }

    /** What total_changes() gives: the changes of this command, not those of the connection's life. */
    long totalChanges() throws SQLException {
        return db.total_changes() - totalChangesBefore;
    }

    SchemaFacts facts() throws SQLException {
        return statements.facts();
    }

    boolean isVacuum(Command command) {
        return command.statements().size() == 1
                && statements.text(command.statements().get(0).sql()).vacuum();
    }

    /** Whether the command must be undone by a savepoint if it fails. */
    boolean needsSavepoint(Command command) throws SQLException {
        if (command.statements().size() > 1) {
            return true;
        }
        CompiledStatement known = statements.known(command.statements().get(0).sql());
        return known == null
                || !known.profile().failsCleanly()
                || !known.columns().isEmpty()
                || resetsConnectionState(command);
    }

    /** Executes {@code command}, which stands at place {@code ordinal} of a batch with {@code seed}. */
    First run(Command command, long seed, int ordinal) throws SQLException {
        if (VerifyCommand.is(command)) {
            return NOTHING_TO_TELL;
        }
        context.seed(seed, ordinal);
        if (resetsConnectionState(command)) {
            compileAll(command);
            state.resetConnectionState();
        }
        totalChangesBefore = db.total_changes();
        Refused unmet = unmet(command);
        if (unmet != null) {
            return unmet;
        }
        RowReader rows = new RowReader(resultLimits);
        List<StatementResult> results = new ArrayList<>(command.statements().size());
        for (SqlStatement statement : command.statements()) {
            try {
                results.add(execute(statement, rows));
            } catch (RefusedException e) {
                return new Refused(e.kind, String.valueOf(e.getMessage()), e.code, results.size());
            }
        }
        return new Done(results);
    }

    /** What comes of a command whose conditions do not hold, or cannot be judged; null if they hold. */
    private @Nullable Refused unmet(Command command) throws SQLException {
        for (Condition condition : command.conditions()) {
            try {
                String why = conditions.unmet(condition);
                if (why != null) {
                    return new Refused(Kind.PRECONDITION_FAILED, why, 0, -1);
                }
            } catch (RefusedException e) {
                return new Refused(e.kind, "the precondition: " + e.getMessage(), e.code, -1);
            }
        }
        return null;
    }

    /**
     * To find out what an INSERT, UPDATE or DELETE does sets changes() to 0, since SQLite counts the EXPLAIN as one. Which
     * statements are known already hangs on what the node did before, so all are made known before the first one runs. What
     * cannot be compiled yet, for an earlier statement changes the schema, is compiled in its turn on every node alike.
     */
    private void compileAll(Command command) throws SQLException {
        for (SqlStatement statement : command.statements()) {
            StatementText text = statements.text(statement.sql());
            if (text.refusal() != null || text.vacuum()) {
                return;
            }
            try {
                statements.compileAhead(text);
            } catch (SQLException e) {
                if (!SqliteErrors.isOutcome(e)) {
                    throw e;
                }
            }
        }
    }

    /**
     * last_insert_rowid() and changes() are left over from the connection's last statement, whoever's that was. We ask for the
     * former after an upsert ourselves, and where a trigger inserts a row with just that rowid, take it for the upsert's.
     */
    private boolean resetsConnectionState(Command command) throws SQLException {
        if (facts().readsConnectionState()) {
            return true;
        }
        for (SqlStatement statement : command.statements()) {
            StatementText text = statements.text(statement.sql());
            if (text.readsConnectionState() || (text.upsert() && facts().triggers())) {
                return true;
            }
        }
        for (Condition condition : command.conditions()) {
            if (condition instanceof Condition.QueryGives gives
                    && statements.text(gives.query().sql()).readsConnectionState()) {
                return true;
            }
        }
        return false;
    }

    private StatementResult execute(SqlStatement statement, RowReader rows) throws SQLException, RefusedException {
        StatementText text = statements.text(statement.sql());
        if (text.refusal() != null) {
            throw new RefusedException(Kind.SQL_ERROR, text.refusal(), 0);
        } else if (text.vacuum()) {
            throw new RefusedException(Kind.SQL_ERROR, "VACUUM must be the only statement of its command", 0);
        } else if (text.parameterCount() != statement.values().size()) {
            throw new RefusedException(
                    Kind.SQL_ERROR,
                    "the statement has " + text.parameterCount() + " parameters, but "
                            + statement.values().size() + " values were given",
                    0);
        }
        CompiledStatement compiled;
        try {
            compiled = statements.compile(text);
        } catch (SQLException e) {
            throw refusedOrFault(e, null);
        }
        String refusal = compiled.refusal();
        if (refusal != null) {
            statements.used(text, compiled);
            throw new RefusedException(Kind.SQL_ERROR, refusal, 0);
        }
        if (carefully && rowIds.usedUp(compiled.profile())) {
            throw usedUp();
        }
        nearEnd = (carefully || looksAhead) && rowIds.nearEnd(compiled.profile());
        if (looksAhead && nearEnd) {
            throw new RunAloneException();
        }
        if (compiled.profile().changesSchema()) {
            statements.schemaTouched();
            statisticsTouched |= compiled.profile().changesStatistics();
        }
        if (compiled.profile().writesVirtually()) {
            // FTS5 would keep a setting (its rank function) that is taken back in the file.
            statements.schemaTouched();
        }
        StatementResult result = step(text, compiled, statement, rows);
        if (compiled.profile().changesSchema()) {
            settleVirtualTables();
            statements.reloadSchema();
        }
        return result;
    }

    /**
     * Full-text search keeps what was written in memory until the transaction ends. With the schema read anew, the table
     * is another object with a memory of its own, and the two would overwrite each other; a savepoint makes it write.
     */
    private void settleVirtualTables() throws SQLException, RefusedException {
        try {
            connection.savepoint();
            connection.release();
        } catch (SQLException e) {
            throw refusedOrFault(e, null);
        }
    }

    private StatementResult step(StatementText text, CompiledStatement compiled, SqlStatement given, RowReader reader)
            throws SQLException, RefusedException {
        StatementProfile profile = compiled.profile();
        NativeStatement statement = compiled.statement();
        InsertWatch watch = text.upsert() && profile.insertsRow()
                ? new InsertWatch(facts().tables().get(profile.insertedRoot()))
                : null;
        List<Row> rows = List.of();
        context.pureOnly(profile.pureDatesOnly());
        try {
            if (watch != null) {
                db.addUpdateListener(watch);
            }
            if (statement.execute(given.values())) {
                rows = reader.readAll(statement, compiled.columns());
            }
        } catch (SQLException e) {
            rowIds.failed();
            throw refusedOrFault(e, profile);
        } catch (RowReader.ResultTooLargeException e) {
            throw new RefusedException(Kind.TOO_LARGE, String.valueOf(e.getMessage()), 0);
        } finally {
            if (watch != null) {
                db.removeUpdateListener(watch);
            }
            statement.reset();
            // SQLite may call the functions while it compiles the next statement, to which this does not apply.
            context.pureOnly(false);
            statements.used(text, compiled);
        }
        long affected = text.dml() ? db.changes() : 0;
        OptionalLong inserted = insertedRowId(profile, watch, affected);
        if (rowIds.mayHaveChosenAtRandom(profile, text.upsert(), affected, inserted)) {
            if (carefully) {
                throw LargestRowIdGuard.refusal();
            }
            throw new RunAloneException();
        }
        return new StatementResult(affected, inserted, compiled.columns(), rows);
    }

    private OptionalLong insertedRowId(StatementProfile profile, @Nullable InsertWatch watch, long affected)
            throws SQLException {
        if (!profile.insertsRow() || affected == 0) {
            return OptionalLong.empty();
        }
        try {
            lastRowId.execute();
            long rowId = lastRowId.integer(0);
            return watch != null && !watch.inserted(rowId) ? OptionalLong.empty() : OptionalLong.of(rowId);
        } finally {
            lastRowId.reset();
        }
    }

    private RefusedException refusedOrFault(SQLException error, @Nullable StatementProfile profile)
            throws SQLException {
        Throwable fault = context.takeFault();
        if (fault != null) {
            throw new StorageException(StorageException.Kind.FATAL, "a function failed", fault);
        }
        if (SqliteErrors.is(error, SQLiteErrorCode.SQLITE_FULL)
                && profile != null
                && !profile.autoIncrementRoots().isEmpty()) {
            if (!carefully && !looksAhead) {
                throw new FullException();
            } else if (nearEnd) {
                return usedUp();
            }
        }
        int code = SqliteErrors.code(error);
        boolean outcome = SqliteErrors.isOutcome(error)
                // A row that asked for the time inside an index was written once; see PureExpressionRules.
                || (code == SQLiteErrorCode.SQLITE_CORRUPT_INDEX.code && profile != null && facts().datesInIndexes());
        if (!outcome) {
            throw error;
        }
        Kind kind = SqliteErrors.isConstraint(code) ? Kind.CONSTRAINT : Kind.SQL_ERROR;
        return new RefusedException(kind, SqliteErrors.message(error), code);
    }

    private static RefusedException usedUp() {
        return new RefusedException(
                Kind.SQL_ERROR, "the table has used up its rowids", SQLiteErrorCode.SQLITE_FULL.code);
    }

    /** The command was undone: what SQLite and we remember of the schema may be what was undone. */
    void undone() throws SQLException {
        if (statements.isSchemaTouched()) {
            statements.reloadSchema();
        }
    }

    /** Whether statistics may have been written since this was asked last. */
    boolean takeStatisticsTouched() {
        boolean touched = statisticsTouched;
        statisticsTouched = false;
        return touched;
    }

    /** The transaction was committed. */
    void committed() {
        statements.schemaSettled();
    }

    /**
     * Executes VACUUM, outside of any transaction; doing it twice, after a crash, is as good as doing it once. A condition
     * would not be judged alike the second time: VACUUM gives new rowids.
     */
    First vacuum(Command command) throws SQLException {
        if (!command.conditions().isEmpty()) {
            return new Refused(Kind.SQL_ERROR, "VACUUM cannot have a precondition", 0, 0);
        }
        SqlStatement statement = command.statements().get(0);
        statements.discardAll();
        // It attaches its working file.
        connection.sqlite().setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 1);
        try {
            Connections.run(
                    connection.sqlite(), statements.text(statement.sql()).sql());
            return NOTHING_TO_TELL;
        } catch (SQLException e) {
            try {
                throw refusedOrFault(e, null);
            } catch (RefusedException refused) {
                return new Refused(refused.kind, String.valueOf(refused.getMessage()), refused.code, 0);
            }
        } finally {
            connection.sqlite().setLimit(SQLiteLimits.SQLITE_LIMIT_ATTACHED, 0);
            statements.reloadSchema();
        }
    }

    void close() throws SQLException {
        statements.discardAll();
        rowIds.close();
        lastRowId.close();
    }

    /** A statement's refusal on its way to becoming the command's. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;
        private final Kind kind;
        private final int code;

        RefusedException(Kind kind, String message, int code) {
            super(message, null, false, false);
            this.kind = kind;
            this.code = code;
        }
    }

    /** Sees which rows were inserted into one table, to tell an upsert that inserted from one that updated. */
    private static final class InsertWatch implements SQLiteUpdateListener {
        private final @Nullable String target;
        private final List<Long> inserted = new ArrayList<>();

        InsertWatch(@Nullable String target) {
            this.target = target;
        }

        @Override
        public void onUpdate(Type type, String database, String table, long rowId) {
            if (type == Type.INSERT && table.equals(target)) {
                if (inserted.size() >= 1000) {
                    inserted.subList(0, 500).clear();
                }
                inserted.add(rowId);
            }
        }

        boolean inserted(long rowId) {
            return inserted.contains(rowId);
        }
    }
}
