package io.wesdb.testing.builtin;

import static io.wesdb.testing.builtin.BuiltInFault.in;
import static io.wesdb.testing.builtin.BuiltInFault.of;

import java.util.List;

/** Mistakes in how entries are applied. */
final class ApplyFaults {
    private ApplyFaults() {}

    private static final BuiltInFault.Edit POSITION_UNGUARDED =
            in("sqlite/StateTables.java", "WHERE id=1 AND applied=?1-1", "WHERE id=1");

    static List<BuiltInFault> all() {
        return List.of(
                of(
                        "index-in-its-own-transaction",
                        "I2",
                        "What an entry does is committed first, and that it was applied in a second transaction.",
                        in("sqlite/EntryApplier.java", """
                                            state.sequenceDone(batch.session(), batch.sequence(), entry.index());
                                            outcomes.add(new BatchOutcome(batch.session(), batch.sequence(), false, done));
                                        }
                                        state.advance(entry, folded);""", """
                                            outcomes.add(new BatchOutcome(batch.session(), batch.sequence(), false, done));
                                        }
                                        try {
                                            connection.commit();
                                        } catch (SQLException e) {
                                            if (SqliteErrors.isConstraint(SqliteErrors.code(e))) {
                                                return takeBack();
                                            }
                                            throw e;
                                        }
                                        commitListener.run();
                                        connection.begin();
                                        for (BatchOutcome batch : outcomes) {
                                            if (!batch.duplicate()) {
                                                state.sequenceDone(batch.session(), batch.sequence(), entry.index());
                                            }
                                        }
                                        state.advance(entry, folded);""")),
                of(
                        "last-entry-applied-again",
                        "I2",
                        "A node that opens its file begins with the entry that it applied last, and not with the next one.",
                        POSITION_UNGUARDED,
                        in("sqlite/StateTables.java", """
                                position = new ReplicaPosition(
                                        select.integer(0), select""", """
                                position = new ReplicaPosition(
                                        Math.max(0, select.integer(0) - 1), select"""),
                        in(
                                "sqlite/StateTables.java",
                                "SELECT high, low, sequence FROM main.wesdb_sessions",
                                "SELECT high, low, sequence FROM main.wesdb_sessions WHERE entry <"
                                        + " (SELECT applied FROM main.wesdb_meta)")),
                of(
                        "half-applied-entry-begun-anew",
                        "I2",
                        "After a crash amid an entry that is applied in several transactions its first commands are executed again.",
                        in("sqlite/StateTables.java", "AND applied=?2 AND commands_done<?1", "AND applied=?2"),
                        in("sqlite/StateTables.java", "commandsDone = (int) select.integer(5);", "commandsDone = 0;")),
                of(
                        "entry-skipped-on-a-storage-error",
                        "I2",
                        "A node that cannot apply an entry, for its disk is full or fails, passes over it and goes on.",
                        in("sqlite/Replica.java", """
                                } catch (SQLException e) {
                                    throw failed(SqliteErrors.fault("cannot apply entry " + entry.index(), e));""", """
                                } catch (SQLException e) {
                                    if (SqliteErrors.kind(e) != Kind.RETRY || stopping) {
                                        throw failed(SqliteErrors.fault("cannot apply entry " + entry.index(), e));
                                    }
                                    try {
                                        return applier.skip(entry);
                                    } catch (SQLException again) {
                                        throw failed(SqliteErrors.fault("cannot apply entry " + entry.index(), again));
                                    }"""),
                        in(
                                "sqlite/EntryApplier.java",
                                "private boolean mustIsolate(Entry entry) throws SQLException {",
                                """
                                EntryOutcome skip(Entry entry) throws SQLException {
                                    state.rolledBack();
                                    connection.begin();
                                    state.advance(entry, state.digest());
                                    connection.commit();
                                    committed(entry, 0, state.digest());
                                    visible.settle(entry.index());
                                    return new EntryOutcome(entry.index(), List.of(), EntryOutcome.upkeepIn(entry));
                                }

                                private boolean mustIsolate(Entry entry) throws SQLException {""")),
                of(
                        "storage-error-taken-for-an-outcome",
                        "I3",
                        "A disk that is full or fails while a command runs counts as that command's outcome.",
                        in(
                                "sqlite/SqliteErrors.java",
                                "case 1, 18, 19, 20, 23, 25 -> true;",
                                "case 1, 10, 13, 18, 19, 20, 23, 25 -> true;")),
                of(
                        "node-local-random",
                        "I3",
                        "random() is each node's own.",
                        in(
                                "sqlite/DeterministicFunctions.java",
                                "result(context.nextRandom());",
                                "result(java.util.concurrent.ThreadLocalRandom.current().nextLong());")),
                of(
                        "node-local-time",
                        "I3",
                        "The date functions tell the time of the node that applies an entry, and not the entry's.",
                        in(
                                "sqlite/EntryApplier.java",
                                "context.time(entry.timeMillis());",
                                "context.time(System.currentTimeMillis());")),
                of(
                        "forwarding-without-memory",
                        "I5",
                        "The last batch of a session is not looked at, so one that was sent twice is executed twice.",
                        in(
                                "sqlite/EntryApplier.java",
                                "return batch.sequence() <= state.lastSequence(batch.session());",
                                "return false;")),
                of(
                        "sessions-forgotten-at-a-restart",
                        "I2, I5",
                        "Which batches were executed is remembered in memory alone.",
                        in(
                                "sqlite/StateTables.java",
                                "sessions.put(new SessionId(select.integer(0), select.integer(1)), select.integer(2));",
                                "")),
                of(
                        "keyed-write-without-memory",
                        "I5",
                        "A write with a key is executed again when it is repeated.",
                        in("sqlite/EntryApplier.java", """
                                if (earlier != null) {
                                    return earlier;
                                }
                                First outcome""", "First outcome")),
                of(
                        "refusals-not-remembered",
                        "I6",
                        "Only what was done is remembered for a key: a write that was refused may be executed later.",
                        in(
                                "sqlite/EntryApplier.java",
                                "if (command.key() != null) {",
                                "if (command.key() != null && outcome instanceof CommandOutcome.Done) {")),
                of(
                        "precondition-not-looked-at",
                        "I5",
                        "A write is executed whether or not its preconditions hold.",
                        in("sqlite/CommandRunner.java", "if (unmet != null) {", "if (unmet != null && carefully) {")),
                of(
                        "precondition-blind-to-its-entry",
                        "I5",
                        "Whether something was written since an index is judged without the commands before it in the same entry.",
                        in("sqlite/StateTables.java", "return stagedUnchangedSince;", "return unchangedSince;")),
                of(
                        "half-a-command-stays",
                        "I5",
                        "What a command did before one of its statements failed is not taken back.",
                        in(
                                "sqlite/EntryApplier.java",
                                "if (!runner.needsSavepoint(command)) {",
                                "if (command.statements().size() > 1 || !runner.needsSavepoint(command)) {")));
    }
}
