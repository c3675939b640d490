package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.sqlite.CommandOutcome.First;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Applies one entry: normally in <em>one transaction</em> with a savepoint for each command, together with the row that
 * records it, so that a crash leaves it done or not done (I2).
 *
 * <p>Some commands would feel, or make felt, that they share a transaction: OR ROLLBACK and RAISE(ROLLBACK) end it for
 * all, deferred foreign keys are checked at its end, VACUUM cannot be in one. An entry with such a command is applied
 * <em>isolated</em>: every command in a transaction of its own that also records how far the entry has got, so that
 * after a crash the rest is done and nothing twice. Both ways give every command the same outcome, and which one is
 * taken depends on the content and the log alone (I3). Owned by the applier's thread.
 */
final class EntryApplier {
    private final WriterConnection connection;
    private final StateTables state;
    private final CommandRunner runner;
    private final ExecutionContext context;
    private final VisibleIndex visible;
    /** What the outcomes have come to while an entry is applied isolated, in or ahead of what is committed. */
    private long digest;

    private Runnable commitListener = () -> {};

    EntryApplier(
            WriterConnection connection,
            StateTables state,
            CommandRunner runner,
            ExecutionContext context,
            VisibleIndex visible) {
        this.connection = connection;
        this.state = state;
        this.runner = runner;
        this.context = context;
        this.visible = visible;
        visible.settle(state.position().applied());
        if (state.commandsDone() > 0) {
            visible.begin(state.position().applied() + 1);
        }
    }

    EntryOutcome apply(Entry entry) throws SQLException {
        context.time(entry.timeMillis());
        try {
            List<BatchOutcome> outcomes = mustIsolate(entry) ? null : applyTogetherOnAnyDisk(entry);
            return new EntryOutcome(
                    entry.index(), outcomes != null ? outcomes : applyIsolated(entry), EntryOutcome.upkeepIn(entry));
        } catch (SQLException | RuntimeException | Error e) {
            connection.abandon();
            throw e;
        }
    }

    private boolean mustIsolate(Entry entry) throws SQLException {
        if (state.commandsDone() > 0 || runner.facts().deferredForeignKeys()) {
            return true;
        }
        for (Batch batch : entry.batches()) {
            for (Command command : batch.commands()) {
                if (runner.isVacuum(command)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** What a full disk of this node prevents must not be done in another way than on the others (I3): it is done later. */
    private @Nullable List<BatchOutcome> applyTogetherOnAnyDisk(Entry entry) throws SQLException {
        try {
            return applyTogether(entry);
        } catch (CommandRunner.FullException e) {
            takeBack();
            runner.lookAhead(true);
            try {
                return applyTogether(entry);
            } finally {
                runner.lookAhead(false);
            }
        }
    }

    /** All in one transaction; null, with nothing done, if it turns out that they must be isolated. */
    private @Nullable List<BatchOutcome> applyTogether(Entry entry) throws SQLException {
        List<BatchOutcome> outcomes = new ArrayList<>(entry.batches().size());
        long folded = OutcomeFold.entry(state.digest(), entry);
        connection.begin();
        for (Batch batch : entry.batches()) {
            if (isDuplicate(batch)) {
                folded = OutcomeFold.duplicate(folded);
                outcomes.add(duplicate(batch));
                continue;
            }
            List<CommandOutcome> done = new ArrayList<>(batch.commands().size());
            for (Command command : batch.commands()) {
                CommandOutcome outcome = runOnce(entry, command, batch.seed(), done.size());
                if (outcome == null || runner.facts().deferredForeignKeys()) {
                    return takeBack();
                }
                folded = OutcomeFold.outcome(folded, outcome);
                done.add(outcome);
            }
            state.sequenceDone(batch.session(), batch.sequence(), entry.index());
            outcomes.add(new BatchOutcome(batch.session(), batch.sequence(), false, done));
        }
        state.advance(entry, folded);
        visible.begin(entry.index());
        try {
            connection.commit();
        } catch (SQLException e) {
            if (SqliteErrors.isConstraint(SqliteErrors.code(e))) {
                return takeBack(); // some command's fault, but whose?
            }
            throw e;
        }
        committed(entry, 0, folded);
        visible.settle(entry.index());
        return outcomes;
    }

    /** As {@link #runInSavepoint}, but a command whose key is known is not executed again (I5). */
    private @Nullable CommandOutcome runOnce(Entry entry, Command command, long seed, int ordinal) throws SQLException {
        CommandOutcome earlier = state.keys().earlier(command, entry.timeMillis());
        if (earlier != null) {
            return earlier;
        }
        First outcome = runInSavepoint(command, seed, ordinal);
        if (outcome != null) {
            record(entry, command, outcome);
        }
        return outcome;
    }

    /** In the transaction of what the command did: that it was done. */
    private void record(Entry entry, Command command, First outcome) throws SQLException {
        if (outcome instanceof CommandOutcome.Done && EntryOutcome.isUsers(command)) {
            state.changed(entry.index());
        }
        if (command.key() != null) {
            state.keys().remember(command.key(), outcome, entry);
        }
    }

    /** Null if the command has ended the whole transaction. */
    private @Nullable First runInSavepoint(Command command, long seed, int ordinal) throws SQLException {
        try {
            return tryInSavepoint(command, seed, ordinal);
        } catch (CommandRunner.RunAloneException e) {
            return null;
        }
    }

    private @Nullable First tryInSavepoint(Command command, long seed, int ordinal) throws SQLException {
        if (!runner.needsSavepoint(command)) {
            return runner.run(command, seed, ordinal);
        }
        connection.savepoint();
        First outcome = runner.run(command, seed, ordinal);
        if (outcome instanceof CommandOutcome.Done) {
            connection.release();
            return outcome;
        } else if (!connection.rollbackToSavepoint()) {
            return null;
        }
        runner.undone();
        return outcome;
    }

    private @Nullable List<BatchOutcome> takeBack() throws SQLException {
        connection.rollback();
        state.rolledBack();
        runner.undone();
        return null;
    }

    private List<BatchOutcome> applyIsolated(Entry entry) throws SQLException {
        List<BatchOutcome> outcomes = new ArrayList<>(entry.batches().size());
        int before = state.commandsDone();
        // What a transaction before the crash has recorded is folded in already: the beginning and what came before it.
        digest = before > 0 ? state.digest() : OutcomeFold.entry(state.digest(), entry);
        visible.begin(entry.index());
        int position = 0;
        for (Batch batch : entry.batches()) {
            int size = batch.commands().size();
            boolean begunBefore = position < before;
            if (position + size <= before) {
                outcomes.add(duplicate(batch));
            } else if (isDuplicate(batch)) {
                digest = OutcomeFold.duplicate(digest); // recorded with the next COMMIT
                outcomes.add(duplicate(batch));
            } else {
                List<CommandOutcome> done = applyIsolated(entry, batch, position, Math.max(0, before - position));
                // What was done before the crash has left no outcome: the batch counts as executed earlier.
                outcomes.add(
                        begunBefore
                                ? duplicate(batch)
                                : new BatchOutcome(batch.session(), batch.sequence(), false, done));
            }
            position += size;
        }
        connection.begin();
        if (position > 1) {
            state.wasInParts(entry.index());
        }
        state.advance(entry, digest);
        connection.commit();
        committed(entry, 0, digest);
        visible.settle(entry.index());
        return outcomes;
    }

    private List<CommandOutcome> applyIsolated(Entry entry, Batch batch, int position, int skip) throws SQLException {
        List<CommandOutcome> done = new ArrayList<>(batch.commands().size());
        for (int i = skip; i < batch.commands().size(); i++) {
            boolean last = i == batch.commands().size() - 1;
            Command command = batch.commands().get(i);
            Progress progress = new Progress(entry, command, position + i + 1, last ? batch : null);
            done.add(aloneOnce(command, batch.seed(), i, progress));
        }
        return done;
    }

    private CommandOutcome aloneOnce(Command command, long seed, int ordinal, Progress progress) throws SQLException {
        CommandOutcome earlier = state.keys().earlier(command, progress.entry().timeMillis());
        if (earlier != null) {
            connection.begin();
            commitWith(progress, earlier, null);
            return earlier;
        }
        return runner.isVacuum(command) ? vacuumAlone(command, progress) : runAlone(command, seed, ordinal, progress);
    }

    /** What is recorded in a command's own transaction; the batch only with its last command. */
    private record Progress(
            Entry entry,
            Command command,
            int commandsDone,
            @Nullable Batch finished) {}

    private CommandOutcome vacuumAlone(Command command, Progress progress) throws SQLException {
        First outcome = runner.vacuum(command);
        connection.begin();
        commitWith(progress, outcome, outcome);
        return outcome;
    }

    private CommandOutcome runAlone(Command command, long seed, int ordinal, Progress progress) throws SQLException {
        connection.begin();
        First outcome = runInTransaction(command, seed, ordinal);
        if (outcome instanceof CommandOutcome.Done) {
            try {
                commitWith(progress, outcome, outcome);
                return outcome;
            } catch (SQLException e) {
                // A deferred foreign key, checked only now: that is the command's outcome.
                int code = SqliteErrors.code(e);
                if (!SqliteErrors.isConstraint(code)) {
                    throw e;
                }
                outcome = new CommandOutcome.Refused(
                        CommandOutcome.Kind.CONSTRAINT,
                        SqliteErrors.message(e),
                        code,
                        command.statements().size() - 1);
            }
        }
        takeBack();
        connection.begin();
        commitWith(progress, outcome, outcome);
        return outcome;
    }

    private First runInTransaction(Command command, long seed, int ordinal) throws SQLException {
        try {
            return runner.run(command, seed, ordinal);
        } catch (CommandRunner.RunAloneException | CommandRunner.FullException e) {
            takeBack();
            connection.begin();
            return runner.runCarefully(command, seed, ordinal);
        }
    }

    /** @param executed the outcome, if it is of this time and not an earlier one's */
    private void commitWith(Progress progress, CommandOutcome outcome, @Nullable First executed) throws SQLException {
        long folded = OutcomeFold.outcome(digest, outcome);
        if (executed != null) {
            record(progress.entry(), progress.command(), executed);
        }
        if (progress.finished() != null) {
            Batch batch = progress.finished();
            state.sequenceDone(
                    batch.session(), batch.sequence(), progress.entry().index());
        }
        state.progress(progress.commandsDone(), folded);
        connection.commit();
        digest = folded;
        committed(null, progress.commandsDone(), folded);
    }

    /** For tests of crashes: called after each COMMIT, when a crash would leave just that much behind. */
    void onCommit(Runnable newListener) {
        commitListener = newListener;
    }

    private void committed(@Nullable Entry finished, int commandsDone, long folded) throws SQLException {
        commitListener.run();
        state.committed(finished, commandsDone, folded);
        runner.committed();
    }

    private boolean isDuplicate(Batch batch) {
        return batch.sequence() <= state.lastSequence(batch.session());
    }

    private static BatchOutcome duplicate(Batch batch) {
        return new BatchOutcome(batch.session(), batch.sequence(), true, List.of());
    }
}
