package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Entry;
import io.wesdb.internal.log.SessionId;
import io.wesdb.internal.sqlite.StorageException.Kind;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;

/**
 * The replica's own tables: how far it has got, the last batch executed for each session, and what
 * commands with a key have come to. They are changed in the
 * transactions that do the work they record (I2, I5). Owned by the applier's thread.
 */
final class StateTables implements AutoCloseable {
    static final int FORMAT_VERSION = 3;
    /**
     * Sessions remembered; a session is one life of one node, so the oldest of so many is long over. Which one is
     * forgotten depends on the log alone (I3).
     */
    static final int MAX_SESSIONS = 10_000;

    private final WriterConnection connection;
    private final NativeStatement advance;
    private final NativeStatement progress;
    private final NativeStatement putSession;
    private final NativeStatement forgetOldest;
    private final NativeStatement resetRowId;
    private final NativeStatement resetChanges;
    private final KeyTable keys;
    private final Map<SessionId, Long> sessions = new HashMap<>();
    /** What the open transaction will have changed in {@link #sessions}. */
    private final Map<SessionId, Long> stagedSessions = new HashMap<>();

    private ReplicaPosition position = ReplicaPosition.START;
    private int commandsDone;
    private long digest;
    private long unchangedSince;
    /** As it will be when the open transaction is committed. */
    private long stagedUnchangedSince;

    StateTables(WriterConnection connection, String clusterId, String lineage, KeyBounds keyBounds)
            throws SQLException {
        this.connection = connection;
        createOrCheck(clusterId, lineage);
        keys = new KeyTable(connection, keyBounds);
        advance = connection.prepare(
                "UPDATE main.wesdb_meta SET applied=?1, epoch=?2, time_millis=?3, log_bytes=?4, digest=?5, commands_done=0,"
                        + " unchanged_since=?6, key_next=?7, key_count=?8, key_bytes=?9, key_rows_from=?10"
                        + " WHERE id=1 AND applied=?1-1");
        progress = connection.prepare("UPDATE main.wesdb_meta SET commands_done=?1, digest=?3,"
                + " unchanged_since=?4, key_next=?5, key_count=?6, key_bytes=?7, key_rows_from=?8"
                + " WHERE id=1 AND applied=?2 AND commands_done<?1");
        putSession = connection.prepare("REPLACE INTO main.wesdb_sessions VALUES (?,?,?,?)");
        forgetOldest = connection.prepare("DELETE FROM main.wesdb_sessions WHERE (high, low) IN"
                + " (SELECT high, low FROM main.wesdb_sessions ORDER BY entry, high, low LIMIT ?)");
        resetRowId = connection.prepare("REPLACE INTO main.wesdb_reset(rowid) VALUES (0)");
        resetChanges = connection.prepare("DELETE FROM main.wesdb_reset WHERE 0");
        load();
    }

    private void createOrCheck(String clusterId, String lineage) throws SQLException {
        boolean exists = false;
        boolean empty = true;
        try (NativeStatement select = connection.prepare("SELECT name = 'wesdb_meta' FROM main.sqlite_schema")) {
            boolean row = select.execute();
            while (row) {
                empty = false;
                exists |= select.integer(0) == 1;
                row = select.step();
            }
        }
        if (exists) {
            check(clusterId, lineage);
        } else if (empty) {
            create(clusterId, lineage);
        } else {
            throw new StorageException(Kind.FATAL, "the file holds a database that is not wesdb's", null);
        }
    }

    private void create(String clusterId, String lineage) throws SQLException {
        connection.begin();
        run(
                "CREATE TABLE main.wesdb_meta (id INTEGER PRIMARY KEY, cluster_id TEXT NOT NULL, lineage TEXT NOT NULL, format INTEGER NOT NULL,"
                        + " applied INTEGER NOT NULL, epoch INTEGER NOT NULL, time_millis INTEGER NOT NULL,"
                        + " log_bytes INTEGER NOT NULL, digest INTEGER NOT NULL, commands_done INTEGER NOT NULL,"
                        + " unchanged_since INTEGER NOT NULL, key_next INTEGER NOT NULL, key_count INTEGER NOT NULL,"
                        + " key_bytes INTEGER NOT NULL, key_rows_from INTEGER NOT NULL)");
        run("CREATE TABLE main.wesdb_sessions (high INTEGER NOT NULL, low INTEGER NOT NULL,"
                + " sequence INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY (high, low)) WITHOUT ROWID");
        run("CREATE TABLE main.wesdb_reset (unused)");
        run(KeyTable.CREATE);
        try (NativeStatement insert = connection.prepare("INSERT INTO main.wesdb_meta VALUES (1, ?, ?, "
                + FORMAT_VERSION + ", 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1)")) {
            insert.run(clusterId, lineage);
        }
        connection.commit();
    }

    private void run(String sql) throws SQLException {
        Connections.run(connection.sqlite(), sql);
    }

    private void check(String clusterId, String lineage) throws SQLException {
        try {
            checkFormat(); // by itself: other formats have other columns
            checkOrigin(clusterId, lineage);
        } catch (SQLException e) {
            if (SqliteErrors.is(e, SQLiteErrorCode.SQLITE_ERROR)) {
                throw new StorageException(Kind.DAMAGED, "the file's own record cannot be read", e);
            }
            throw e;
        }
    }

    private void checkFormat() throws SQLException {
        try (NativeStatement select = connection.prepare("SELECT format FROM main.wesdb_meta WHERE id=1")) {
            if (!select.execute()) {
                throw new StorageException(Kind.DAMAGED, "the file's own record is missing", null);
            }
            if (select.integer(0) != FORMAT_VERSION) {
                throw new StorageException(
                        Kind.FATAL,
                        "the file has format " + select.integer(0) + ", this version reads " + FORMAT_VERSION,
                        null);
            }
        }
    }

    private void checkOrigin(String clusterId, String lineage) throws SQLException {
        try (NativeStatement select = connection.prepare("SELECT cluster_id, lineage FROM main.wesdb_meta")) {
            select.execute();
            String found = String.valueOf(select.value(0));
            if (!found.equals(clusterId)) {
                throw new StorageException(
                        Kind.FATAL, "the file belongs to cluster " + found + ", not to " + clusterId, null);
            }
            if (!String.valueOf(select.value(1)).equals(lineage)) {
                throw new StorageException(
                        Kind.DAMAGED, "the file belongs to the cluster as it was before it was restarted", null);
            }
        }
    }

    private void load() throws SQLException {
        try (NativeStatement select =
                connection.prepare("SELECT applied, epoch, time_millis, log_bytes, digest, commands_done,"
                        + " unchanged_since, key_next, key_count, key_bytes, key_rows_from FROM main.wesdb_meta")) {
            select.execute();
            position = new ReplicaPosition(
                    select.integer(0), select.integer(1), select.integer(2), select.integer(3), select.integer(4));
            digest = position.digest();
            commandsDone = (int) select.integer(5);
            unchangedSince = select.integer(6);
            stagedUnchangedSince = unchangedSince;
            keys.loaded(
                    new KeyTable.Totals(select.integer(7), select.integer(8), select.integer(9), select.integer(10)));
        }
        try (NativeStatement select = connection.prepare("SELECT high, low, sequence FROM main.wesdb_sessions")) {
            boolean row = select.execute();
            while (row) {
                sessions.put(new SessionId(select.integer(0), select.integer(1)), select.integer(2));
                row = select.step();
            }
        }
    }

    ReplicaPosition position() {
        return position;
    }

    /** How many commands of the next entry were executed in transactions of their own before a crash. */
    int commandsDone() {
        return commandsDone;
    }

    /** What the outcomes have come to, those of the commands done of an entry that is half applied included. */
    long digest() {
        return digest;
    }

    KeyTable keys() {
        return keys;
    }

    /**
     * The first index at which every read shows what is there now, that of the open transaction included: commands of
     * nodes do not count as changes.
     */
    long unchangedSince() {
        return stagedUnchangedSince;
    }

    /** A user's command of the entry at {@code index} was executed. */
    void changed(long index) {
        stagedUnchangedSince = index;
    }

    /** The entry at {@code index} was applied in several transactions: a read at its index may show only some of it. */
    void wasInParts(long index) {
        if (stagedUnchangedSince == index) {
            stagedUnchangedSince = index + 1;
        }
    }

    long lastSequence(SessionId session) {
        Long staged = stagedSessions.get(session);
        return staged != null ? staged : sessions.getOrDefault(session, 0L);
    }

    void sequenceDone(SessionId session, long sequence, long index) throws SQLException {
        putSession.run(session.high(), session.low(), sequence, index);
        stagedSessions.put(session, sequence);
    }

    void progress(int done, long newDigest) throws SQLException {
        KeyTable.Totals totals = keys.totals();
        progress.run(
                (long) done,
                position.applied(),
                newDigest,
                stagedUnchangedSince,
                totals.next(),
                totals.count(),
                totals.bytes(),
                totals.rowsFrom());
        requireOneRow();
    }

    void advance(Entry entry, long newDigest) throws SQLException {
        forgetOldSessions();
        KeyTable.Totals totals = keys.totals();
        advance.run(
                entry.index(),
                entry.epoch(),
                entry.timeMillis(),
                entry.logBytes(),
                newDigest,
                stagedUnchangedSince,
                totals.next(),
                totals.count(),
                totals.bytes(),
                totals.rowsFrom());
        requireOneRow();
    }

    /** What this replica knows of its file is what is in it, or someone else writes to it too (I2). */
    private void requireOneRow() throws SQLException {
        if (connection.sqlite().getDatabase().changes() != 1) {
            throw new StorageException(Kind.DAMAGED, "the file was changed by someone else", null);
        }
    }

    private void forgetOldSessions() throws SQLException {
        long added = stagedSessions.keySet().stream()
                .filter(session -> !sessions.containsKey(session))
                .count();
        long surplus = sessions.size() + added - MAX_SESSIONS;
        if (surplus > 0) {
            forgetOldest.run(surplus);
        }
    }

    /** The open transaction, in which the entry's last work was done, has been committed. */
    void committed(@Nullable Entry finished, int done, long newDigest) throws SQLException {
        sessions.putAll(stagedSessions);
        stagedSessions.clear();
        unchangedSince = stagedUnchangedSince;
        keys.committed();
        commandsDone = done;
        digest = newDigest;
        if (finished != null) {
            position = new ReplicaPosition(
                    finished.index(), finished.epoch(), finished.timeMillis(), finished.logBytes(), newDigest);
            if (sessions.size() > MAX_SESSIONS) {
                sessions.clear();
                load();
            }
        }
    }

    void rolledBack() {
        stagedSessions.clear();
        stagedUnchangedSince = unchangedSince;
        keys.rolledBack();
    }

    /** Makes last_insert_rowid() and changes() what they are on a new connection. */
    void resetConnectionState() throws SQLException {
        resetRowId.run();
        resetChanges.run();
    }

    @Override
    public void close() throws SQLException {
        advance.close();
        progress.close();
        putSession.close();
        forgetOldest.close();
        resetRowId.close();
        resetChanges.close();
        keys.close();
    }
}
