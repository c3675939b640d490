package io.wesdb.internal.sqlite;

import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import io.wesdb.internal.sqlite.CommandOutcome.Replayed;
import java.util.List;

/**
 * Folds what came of entries into the running value that nodes compare (I10). Equal for equal outcomes of equal
 * entries, however often the node crashed between, whichever way an entry was applied, and in every version of wesdb
 * that may share a cluster with this one. Stateless.
 */
final class OutcomeFold {
    private static final long ENTRY = 0x01;
    private static final long DUPLICATE = 0x02;
    private static final long DONE = 0x03;
    private static final long REFUSED = 0x04;
    private static final long REPLAYED = 0x05;

    private OutcomeFold() {}

    /** The entry begins. */
    static long entry(long digest, Entry entry) {
        return Mix64.fold(Mix64.fold(Mix64.fold(digest, ENTRY), entry.index()), entry.epoch());
    }

    /** A batch was skipped. */
    static long duplicate(long digest) {
        return Mix64.fold(digest, DUPLICATE);
    }

    /** A command was executed, refused or answered as before. */
    static long outcome(long digest, CommandOutcome outcome) {
        if (outcome instanceof Done done) {
            long folded = Mix64.fold(digest, DONE);
            List<StatementResult> results = done.results();
            for (int i = 0; i < results.size(); i++) {
                folded = result(folded, results.get(i));
            }
            return folded;
        }
        if (outcome instanceof Replayed replayed) {
            long folded = Mix64.fold(Mix64.fold(digest, REPLAYED), replayed.index());
            return outcome(Mix64.fold(folded, replayed.rowsOmitted() ? 1 : 0), replayed.first());
        }
        return refused(digest, (Refused) outcome);
    }

    /** Not the message: its wording may differ between versions of SQLite, as in a cluster that is being upgraded. */
    private static long refused(long digest, Refused refused) {
        long folded = Mix64.fold(Mix64.fold(digest, REFUSED), number(refused.kind()));
        return Mix64.fold(Mix64.fold(folded, refused.sqliteCode()), refused.statementIndex());
    }

    /** May never change: it is in what nodes compare, and in what they have stored. */
    static int number(Kind kind) {
        return switch (kind) {
            case SQL_ERROR -> 1;
            case CONSTRAINT -> 2;
            case TOO_LARGE -> 3;
            case PRECONDITION_FAILED -> 4;
            case KEY_REUSED -> 5;
        };
    }

    /** The kind with that {@link #number}. */
    static Kind kind(int number) {
        for (Kind kind : Kind.values()) {
            if (number(kind) == number) {
                return kind;
            }
        }
        throw new CorruptEntryException("a refusal of unknown kind " + number);
    }

    private static long result(long digest, StatementResult result) {
        long folded = Mix64.fold(digest, result.rowsAffected());
        folded = result.lastInsertRowId().isPresent()
                ? Mix64.fold(Mix64.fold(folded, 1), result.lastInsertRowId().getAsLong())
                : Mix64.fold(folded, 0);
        List<String> columns = result.columns();
        List<Row> rows = result.rows();
        folded = Mix64.fold(folded, (long) columns.size() << 32 | rows.size());
        for (int i = 0; i < columns.size(); i++) {
            folded = Mix64.fold(folded, columns.get(i));
        }
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            for (int c = 0; c < row.size(); c++) {
                folded = Mix64.foldValue(folded, row.get(c));
            }
        }
        return folded;
    }
}
