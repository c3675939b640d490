package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.CorruptEntryException;
import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.IdempotencyKey;
import io.wesdb.internal.sqlite.CommandOutcome.First;
import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * What commands that carry a key have come to, so that a command that is repeated, through whichever node and after
 * whatever happened to the first answer, is not executed again (I5). Written in the transaction of the command itself,
 * and forgotten by what the log tells alone (I3), the oldest first (I12). A refusal is remembered too: once its caller
 * was told, a first sending that was still on its way must not be executed after all (I6). Owned by the applier's thread.
 */
final class KeyTable implements AutoCloseable {
    static final String CREATE = "CREATE TABLE main.wesdb_keys (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,"
            + " body_high INTEGER NOT NULL, body_low INTEGER NOT NULL, entry INTEGER NOT NULL,"
            + " time_millis INTEGER NOT NULL, bytes INTEGER NOT NULL, outcome BLOB NOT NULL)";

    /** What a key costs besides its text and its outcome, about. */
    private static final int OVERHEAD_BYTES = 100;
    /** An outcome that has no more is kept as it is when memory is short. */
    private static final int WORTH_SHORTENING_BYTES = 64;
    /** Keys that are past the window and forgotten for each new one: more than one, so that they become fewer. */
    private static final int EXPIRED_AT_ONCE = 16;

    /**
     * What the table holds; kept in the row that records the position.
     *
     * @param next the id that the next key gets, always larger than those of older ones
     * @param rowsFrom outcomes of keys with smaller ids have no rows worth forgetting
     */
    record Totals(long next, long count, long bytes, long rowsFrom) {}

    private final KeyBounds bounds;
    private final NativeStatement find;
    private final NativeStatement oldest;
    private final NativeStatement insert;
    private final NativeStatement delete;
    private final NativeStatement oldestWithRows;
    private final NativeStatement replace;
    private Totals committed = new Totals(1, 0, 0, 1);
    /** Of the open transaction. */
    private Totals totals = committed;

    KeyTable(WriterConnection connection, KeyBounds bounds) throws SQLException {
        this.bounds = bounds;
        find = connection.prepare("SELECT id, bytes, time_millis, body_high, body_low, entry, outcome"
                + " FROM main.wesdb_keys WHERE key=?1");
        oldest = connection.prepare("SELECT id, bytes, time_millis FROM main.wesdb_keys ORDER BY id LIMIT 1");
        insert = connection.prepare("INSERT INTO main.wesdb_keys VALUES (?,?,?,?,?,?,?,?)");
        delete = connection.prepare("DELETE FROM main.wesdb_keys WHERE id=?1");
        oldestWithRows = connection.prepare("SELECT id, outcome FROM main.wesdb_keys WHERE id>=?1 AND length(outcome)>"
                + WORTH_SHORTENING_BYTES + " ORDER BY id LIMIT 1");
        replace = connection.prepare("UPDATE main.wesdb_keys SET bytes=bytes-?2, outcome=?3 WHERE id=?1");
    }

    void loaded(Totals inFile) {
        committed = inFile;
        totals = inFile;
    }

    Totals totals() {
        return totals;
    }

    /** What to answer instead of executing {@code command}; null if it is to be executed. */
    @Nullable CommandOutcome earlier(Command command, long timeMillis) throws SQLException {
        IdempotencyKey key = command.key();
        if (key == null) {
            return null;
        }
        try {
            if (!find.execute(key.text()) || expired(find.integer(2), timeMillis)) {
                return null;
            } else if (find.integer(3) != key.bodyHigh() || find.integer(4) != key.bodyLow()) {
                return new Refused(
                        Kind.KEY_REUSED,
                        "the idempotency key was used before, for another command; nothing was done",
                        0,
                        0);
            }
            byte[] outcome = find.value(6) instanceof byte[] bytes ? bytes : new byte[0];
            return OutcomeCodec.decode(find.integer(5), outcome);
        } catch (CorruptEntryException e) {
            throw new StorageException(
                    StorageException.Kind.DAMAGED, "an outcome that was remembered cannot be read", e);
        } finally {
            find.reset();
        }
    }

    private boolean expired(long keysTimeMillis, long timeMillis) {
        return timeMillis - keysTimeMillis >= bounds.windowMillis();
    }

    /** In the transaction that holds what {@code command} did; it had no {@link #earlier} outcome. */
    void remember(IdempotencyKey key, First outcome, Entry entry) throws SQLException {
        forgetExpired(key.text(), entry.timeMillis());
        byte[] bytes = OutcomeCodec.encode(outcome, bounds.maxOutcomeBytes());
        long size = OVERHEAD_BYTES + key.text().length() + (long) bytes.length;
        insert.run(
                totals.next(),
                key.text(),
                key.bodyHigh(),
                key.bodyLow(),
                entry.index(),
                entry.timeMillis(),
                size,
                bytes);
        totals = new Totals(totals.next() + 1, totals.count() + 1, totals.bytes() + size, totals.rowsFrom());
        while (totals.bytes() > bounds.maxBytes() && totals.rowsFrom() < totals.next()) {
            forgetRowsOfOldest();
        }
        while (totals.count() > 1 && (totals.count() > bounds.maxKeys() || totals.bytes() > bounds.maxBytes())) {
            forgetOldest(Long.MIN_VALUE);
        }
    }

    private void forgetExpired(String key, long timeMillis) throws SQLException {
        long id = 0;
        long bytes = 0;
        try {
            if (find.execute(key)) {
                id = find.integer(0);
                bytes = find.integer(1);
            }
        } finally {
            find.reset();
        }
        if (id != 0) {
            forget(id, bytes);
        }
        for (int i = 0; i < EXPIRED_AT_ONCE && totals.count() > 0; i++) {
            if (!forgetOldest(timeMillis)) {
                return;
            }
        }
    }

    /** So that a few commands with large results do not push everybody's keys out. */
    private void forgetRowsOfOldest() throws SQLException {
        long id;
        byte[] outcome;
        try {
            if (!oldestWithRows.execute(totals.rowsFrom())) {
                totals = new Totals(totals.next(), totals.count(), totals.bytes(), totals.next());
                return;
            }
            id = oldestWithRows.integer(0);
            outcome = oldestWithRows.value(1) instanceof byte[] bytes ? bytes : new byte[0];
        } finally {
            oldestWithRows.reset();
        }
        byte[] shorter;
        try {
            shorter = OutcomeCodec.withoutRows(outcome);
        } catch (CorruptEntryException e) {
            throw new StorageException(
                    StorageException.Kind.DAMAGED, "an outcome that was remembered cannot be read", e);
        }
        long saved = outcome.length - shorter.length;
        if (saved > 0) {
            replace.run(id, saved, shorter);
        }
        totals = new Totals(totals.next(), totals.count(), totals.bytes() - saved, id + 1);
    }

    /** @param timeMillis only if it is expired then; {@code Long.MIN_VALUE} for in any case */
    private boolean forgetOldest(long timeMillis) throws SQLException {
        long id;
        long bytes;
        try {
            if (!oldest.execute()) {
                throw new StorageException(
                        StorageException.Kind.DAMAGED, "keys are missing that the file says it has", null);
            } else if (timeMillis != Long.MIN_VALUE && !expired(oldest.integer(2), timeMillis)) {
                return false;
            }
            id = oldest.integer(0);
            bytes = oldest.integer(1);
        } finally {
            oldest.reset();
        }
        forget(id, bytes);
        return true;
    }

    private void forget(long id, long bytes) throws SQLException {
        delete.run(id);
        totals = new Totals(totals.next(), totals.count() - 1, totals.bytes() - bytes, totals.rowsFrom());
    }

    void committed() {
        committed = totals;
    }

    void rolledBack() {
        totals = committed;
    }

    @Override
    public void close() throws SQLException {
        find.close();
        oldest.close();
        insert.close();
        delete.close();
        oldestWithRows.close();
        replace.close();
    }
}
