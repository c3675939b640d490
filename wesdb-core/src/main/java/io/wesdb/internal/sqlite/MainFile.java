package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.StorageException.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.module.ModuleDescriptor.Version;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteErrorCode;

/**
 * A node's main file, read byte by byte beside SQLite while it is pinned to one commit. That is how a file of any size is
 * given to other nodes without being copied first.
 *
 * <p><b>Pinned</b> means that nobody writes to the main file: what is committed goes to the write-ahead log only. SQLite
 * itself sees to that. A read transaction that begins when everything in that has been moved into the file reads from
 * the file alone and holds the lock {@code WAL_READ_LOCK(0)}, which a checkpoint needs exclusively before it writes its
 * first page (https://sqlite.org/walformat.html, "WAL locks", and {@code walTryBeginRead} and {@code walCheckpoint} in
 * wal.c). So that it does begin then, it begins while a second connection keeps writers out, for as long as it takes to
 * move the last pages. The price is that the write-ahead log grows until the pin is taken off.
 *
 * <p><b>The descriptor.</b> SQLite's locks are POSIX locks, and a process loses those that it has on a file when it closes
 * <em>any</em> of its descriptors of that file (https://sqlite.org/howtocorrupt.html, 2.2). A program that opens the
 * database after that and closes it again, such as a backup, takes itself for the last and deletes the write-ahead log.
 * So the descriptor is opened when it is first needed and stays open as long as SQLite may have the file open in this
 * process; {@link #close} is for when it has not. It is no channel, since an interrupt would close that.
 *
 * <p>Thread safe.
 */
public final class MainFile implements AutoCloseable {
    /** How long the applier may take to finish what it is writing, and then wait in turn. */
    private static final int WRITER_MILLIS = 500;

    private static final int CHECKPOINTS_BESIDE = 3;
    private static final long MAX_FRAMES_LEFT = 1_000;
    private static final int CHECKPOINTS = 20;
    private static final long BETWEEN_CHECKPOINTS_NANOS = 1_000_000;

    /**
     * Before it two connections that checkpoint while a third writes may damage the file (https://sqlite.org/wal.html, "The
     * WAL-Reset Bug").
     */
    private static final Version FIRST_SOUND_SQLITE = Version.parse("3.51.3");

    private final Path database;
    private final Set<Pin> pins = new HashSet<>();
    private @Nullable RandomAccessFile descriptor;
    private volatile Runnable checkpointListener = () -> {};

    public MainFile(Path database) {
        this.database = database;
    }

    /** The file as it is at one commit, until it is closed. Thread safe. */
    public final class Pin implements AutoCloseable {
        private final SQLiteConnection reading;
        private final RandomAccessFile bytes;
        private final long index;
        private final long length;

        private Pin(SQLiteConnection reading, RandomAccessFile bytes, long index, long length) {
            this.reading = reading;
            this.bytes = bytes;
            this.index = index;
            this.length = length;
        }

        /** The index up to which it has applied the log. */
        public long index() {
            return index;
        }

        public long lengthBytes() {
            return length;
        }

        /**
         * Exactly {@code count} bytes from {@code offset}, into the beginning of {@code target}.
         *
         * @throws IOException if they cannot be read, or it is closed
         */
        public void read(byte[] target, int count, long offset) throws IOException {
            synchronized (MainFile.this) {
                if (!pins.contains(this)) {
                    throw new IOException(database + " is not pinned any more");
                } else if (offset + count > length) {
                    throw new EOFException(offset + " and " + count + " are beyond " + length);
                }
                bytes.seek(offset);
                bytes.readFully(target, 0, count);
            }
        }

        /** From now on the file may be written to. A second call does nothing. */
        @Override
        public void close() {
            synchronized (MainFile.this) {
                if (pins.remove(this)) {
                    Connections.closeQuietly(reading);
                }
            }
        }
    }

    /**
     * Pins the file, which SQLite has open in this process. May wait for the disk, and for the writer for half a second;
     * writers wait meanwhile.
     *
     * @return null if it cannot be pinned: somebody reads an older state, the writer is busy, or this SQLite is older than
     *     3.51.3
     * @throws StorageException if the file cannot be read
     */
    public synchronized @Nullable Pin pin() {
        SQLiteConnection reading = null;
        boolean pinned = false;
        try {
            reading = Connections.openForCopy(database);
            Pin made = pin(reading);
            pinned = made != null;
            return made;
        } catch (SQLException e) {
            if (SqliteErrors.is(e, SQLiteErrorCode.SQLITE_BUSY)) {
                return null;
            }
            throw SqliteErrors.fault("cannot read " + database, e);
        } catch (IOException e) {
            throw new StorageException(Kind.RETRY, "cannot read " + database + ": " + e, e);
        } finally {
            if (reading != null && !pinned) {
                Connections.closeQuietly(reading);
            }
        }
    }

    private @Nullable Pin pin(SQLiteConnection reading) throws SQLException, IOException {
        if (!mayCheckpoint(reading.getDatabase().libversion()) || !checkpointMost(reading)) {
            return null;
        }
        try (SQLiteConnection writing = Connections.openForCopy(database)) {
            writing.setBusyTimeout(WRITER_MILLIS);
            Connections.run(writing, "BEGIN IMMEDIATE");
            boolean complete = checkpoint(reading) == 0;
            for (int i = 1; i < CHECKPOINTS && !complete; i++) {
                LockSupport.parkNanos(BETWEEN_CHECKPOINTS_NANOS); // a short read may end
                complete = checkpoint(reading) == 0;
            }
            if (!complete) {
                return null;
            }
            Connections.run(reading, "BEGIN");
            long index = FileCopy.index(reading); // the first read is what begins the transaction
            long length = FileCopy.number(reading, "PRAGMA main.page_count")
                    * FileCopy.number(reading, "PRAGMA main.page_size");
            RandomAccessFile bytes = descriptor();
            if (bytes.length() < length) {
                throw new StorageException(
                        Kind.RETRY, database + " has " + bytes.length() + " bytes and should have " + length, null);
            }
            Pin pin = new Pin(reading, bytes, index, length);
            pins.add(pin);
            return pin;
        }
    }

    /** Whether it is safe to checkpoint beside the applier, which does so too. */
    static boolean mayCheckpoint(String sqliteVersion) {
        return Version.parse(sqliteVersion).compareTo(FIRST_SOUND_SQLITE) >= 0;
    }

    private RandomAccessFile descriptor() throws IOException {
        RandomAccessFile opened = descriptor;
        if (opened == null) {
            opened = new RandomAccessFile(database.toFile(), "r");
            descriptor = opened;
        }
        return opened;
    }

    /** While the writer goes on: what is left must be little, for the writer waits until that is moved. */
    private boolean checkpointMost(SQLiteConnection reading) throws SQLException {
        for (int i = 0; i < CHECKPOINTS_BESIDE; i++) {
            if (checkpoint(reading) <= MAX_FRAMES_LEFT) {
                return true;
            }
        }
        return false;
    }

    /** Gives how many of the write-ahead log's frames the file does not hold yet. */
    private long checkpoint(SQLiteConnection connection) throws SQLException {
        try (NativeStatement checkpoint = NativeStatement.prepare(connection, "PRAGMA main.wal_checkpoint(PASSIVE)")) {
            checkpoint.execute();
            if (checkpoint.integer(0) != 0 || checkpoint.integer(1) < 0) {
                return Long.MAX_VALUE; // somebody else is at it
            }
            long left = checkpoint.integer(1) - checkpoint.integer(2);
            if (left == 0) {
                checkpointListener.run();
            }
            return left;
        }
    }

    /** For tests of power failures: called when the file has just been brought to hold everything, and was synced. */
    void onCheckpoint(Runnable listener) {
        checkpointListener = listener;
    }

    /** Only while no connection of this process has the file open but those of pins, which end. It may be pinned again later. */
    @Override
    public synchronized void close() throws IOException {
        Set.copyOf(pins).forEach(Pin::close);
        RandomAccessFile opened = descriptor;
        if (opened != null) {
            descriptor = null;
            opened.close();
        }
    }
}
