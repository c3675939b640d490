package io.wesdb.internal.sqlite;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import io.wesdb.QueryTimeoutException;
import io.wesdb.WesDbException;
import io.wesdb.internal.env.Clock;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConnection;

/**
 * Says when a read connection may be used, interrupted and closed. Thread safe.
 *
 * <p>SQLite allows an interrupt from any thread, but closing only while no statement runs; and a read may have to end
 * while nobody is in SQLite, because the owner of a stream does not pull it. So whoever uses the connection says so
 * ({@link #enter}, {@link #leave}), and it is closed by the one who retires it if it is not being used then, else by
 * the one who uses it, on the way out.
 */
final class ReadGuard {
    /** Why a read was ended before it had come to its end. */
    private enum Ending {
        LATE,
        CANCELLED,
        SNAPSHOT_TOO_OLD,
        LOG_TOO_LARGE,
        FILE_CLOSED
    }

    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final SQLiteConnection connection;
    private final Clock clock;
    private final Duration maxSnapshotAge;
    private final Runnable close;
    private final Runnable closed;

    private final Object lock = new Object();
    /** A read has begun and has not ended: it may be interrupted. */
    private boolean active;

    private long deadlineNanos;
    private long snapshotNanos;
    private @Nullable Ending ending;
    /** Asked for by the reader's user, who may do so before the read has begun. */
    private boolean cancelled;
    /** How many calls, one within the other, are using the connection. */
    private int using;

    private boolean retired;
    private boolean isClosed;

    /**
     * @param close closes the connection; called once, under the lock
     * @param closed called once after that, on the same thread, under no lock
     */
    ReadGuard(SQLiteConnection connection, Clock clock, Duration maxSnapshotAge, Runnable close, Runnable closed) {
        this.connection = connection;
        this.clock = clock;
        this.maxSnapshotAge = maxSnapshotAge;
        this.close = close;
        this.closed = closed;
    }

    /** A read begins that must end by the deadline; {@link #end} is called in any case. */
    void begin(long deadline) {
        synchronized (lock) {
            active = true;
            ending = retired ? ending : null;
            deadlineNanos = deadline;
            snapshotNanos = clock.nanos();
        }
        check();
    }

    /** Throws if the read must not go on: one that waits for its consumer is not in SQLite, where an interrupt would reach it. */
    void check() {
        synchronized (lock) {
            Ending due = due(clock.nanos());
            if (due != null) {
                ending = due;
                throw exception(due, null);
            }
        }
    }

    private @Nullable Ending due(long now) {
        if (ending != null) {
            return ending;
        } else if (cancelled) {
            return Ending.CANCELLED;
        } else if (now - deadlineNanos >= 0) {
            return Ending.LATE;
        }
        return now - snapshotNanos >= maxSnapshotAge.toNanos() ? Ending.SNAPSHOT_TOO_OLD : null;
    }

    /** What to tell of a read that SQLite says was interrupted. */
    WesDbException interrupted(Throwable cause) {
        synchronized (lock) {
            Ending due = due(clock.nanos());
            return exception(due == null ? Ending.LATE : due, cause);
        }
    }

    private WesDbException exception(Ending why, @Nullable Throwable cause) {
        return switch (why) {
            case LATE -> new QueryTimeoutException("the query took too long and was interrupted", cause);
            case CANCELLED -> new QueryTimeoutException("the query was cancelled", cause);
            case SNAPSHOT_TOO_OLD ->
                new QueryTimeoutException(
                        "the read was ended because it had held its snapshot of the database for " + maxSnapshotAge
                                + ", as long as is allowed (maxSnapshotAge)",
                        cause);
            case LOG_TOO_LARGE ->
                new QueryTimeoutException(
                        "the read was ended because its snapshot of the database kept the write-ahead log from being"
                                + " begun anew, which has grown to its bound (maxWalBytes)",
                        cause);
            case FILE_CLOSED ->
                new NotDoneException(
                        ErrorCode.NOT_READY, "this node has stopped reading its file for now", RETRY_AFTER, cause);
        };
    }

    /** The read has ended, its statements are reset: no interrupt meant for it hits the next. */
    void end() {
        synchronized (lock) {
            active = false;
        }
    }

    /** The user has given the connection back. */
    void released() {
        synchronized (lock) {
            active = false;
            cancelled = false;
        }
    }

    /** From now on until {@link #leave} nobody else closes the connection. Throws if it is to be closed. */
    void enter() {
        synchronized (lock) {
            if (retired) {
                throw exception(ending == null ? Ending.FILE_CLOSED : ending, null);
            }
            using++;
        }
    }

    /** For ending what was begun: false if the connection is closed, and there is nothing to end. */
    boolean tryEnter() {
        synchronized (lock) {
            if (isClosed) {
                return false;
            }
            using++;
            return true;
        }
    }

    void leave() {
        synchronized (lock) {
            using--;
            if (!retired || using > 0) {
                return;
            }
            closeLocked();
        }
        closed.run();
    }

    boolean isRetired() {
        synchronized (lock) {
            return retired;
        }
    }

    /** The user does not want the read any more. Interrupts it if it runs; one that is not pulled ends at the next {@link #watch}. */
    void cancel() {
        synchronized (lock) {
            cancelled = true;
            if (active && using > 0) {
                interruptSqlite();
            }
        }
    }

    /**
     * Ends the read if it is due. To be called every few milliseconds while there is one: an interrupt that comes before
     * the query has got into SQLite is lost.
     */
    void watch() {
        synchronized (lock) {
            Ending due = active ? due(clock.nanos()) : null;
            if (isClosed || due == null || !endLocked(due)) {
                return;
            }
        }
        closed.run();
    }

    /** Ends the read, if it has held its snapshot for so long, for the sake of the write-ahead log. */
    void cut(long ageMillis) {
        synchronized (lock) {
            boolean old = active && clock.nanos() - snapshotNanos >= TimeUnit.MILLISECONDS.toNanos(ageMillis);
            if (isClosed || !old || !endLocked(Ending.LOG_TOO_LARGE)) {
                return;
            }
        }
        closed.run();
    }

    /** Whether the connection was closed: a read that nobody is pulling holds its snapshot until then. */
    private boolean endLocked(Ending why) {
        ending = ending == null ? why : ending;
        if (using > 0) {
            interruptSqlite();
            return false;
        }
        retired = true;
        closeLocked();
        return true;
    }

    /**
     * The connection is closed, now or by who is using it, whose query is interrupted. An interrupt may be lost: to be
     * repeated until it is closed.
     */
    void retire() {
        synchronized (lock) {
            if (isClosed) {
                return;
            }
            retired = true;
            ending = Ending.FILE_CLOSED;
            if (using > 0) {
                interruptSqlite();
                return;
            }
            closeLocked();
        }
        closed.run();
    }

    private void interruptSqlite() {
        try {
            connection.getDatabase().interrupt();
        } catch (SQLException e) {
            throw new IllegalStateException("the driver cannot interrupt", e);
        }
    }

    private void closeLocked() {
        isClosed = true;
        active = false;
        close.run();
    }
}
