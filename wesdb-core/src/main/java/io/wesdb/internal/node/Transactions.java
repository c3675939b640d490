package io.wesdb.internal.node;

import io.wesdb.ClosedException;
import io.wesdb.InvalidRequestException;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.PreconditionFailedException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.ReadTransaction;
import io.wesdb.Row;
import io.wesdb.SqlException;
import io.wesdb.Statement;
import io.wesdb.TooLargeException;
import io.wesdb.Transaction;
import io.wesdb.WesDbException;
import io.wesdb.WriteOptions;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.RowsHash;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.read.ReadGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes in one closure, made of what there is: the reads run on a snapshot of this node's file, and the
 * writes go as one command on the condition that every read would still give the same rows when their turn comes. That
 * turn is then the moment at which all of it happened, so transactions are serializable. No lock is held and no other
 * node asked; if a read would give something else, the closure is run again. Thread safe.
 */
final class Transactions {
    /** Each costs a round trip to the log; of those that contend for the same rows one wins every time. */
    static final int MAX_ATTEMPTS = 100;

    private static final long MAX_PAUSE_MILLIS = 250;

    /** Users' keys have no space: theirs and ours cannot meet. */
    private static final String KEY_PREFIX = "wesdb transaction ";

    /** What transactions need of their node. */
    interface Writes {
        /** As the statement is logged, checked. */
        SqlStatement checked(Statement statement, int position);

        /** Waits for the outcome. */
        void commit(Command command, @Nullable String caller, Duration timeout);

        /** How large a command may be. */
        long maxCommandBytes();
    }

    private final Environment env;
    private final ReadGateway reads;
    private final Writes writes;
    private final Duration standardTimeout;

    Transactions(Environment env, ReadGateway reads, Writes writes, Duration standardTimeout) {
        this.env = env;
        this.reads = reads;
        this.writes = writes;
        this.standardTimeout = standardTimeout;
    }

    <T extends @Nullable Object, X extends Exception> T run(WriteOptions options, Transaction.Work<T, X> work)
            throws X {
        if (options.idempotencyKey() != null || !options.preconditions().isEmpty()) {
            throw new InvalidRequestException("a transaction has a key and preconditions of its own");
        }
        Duration timeout = options.timeout() == null ? standardTimeout : options.timeout();
        long deadlineNanos = env.clock().nanos() + timeout.toNanos();
        boolean couldNotBeJudged = false;
        for (int attempt = 1; ; attempt++) {
            ReadOptions read = ReadOptions.local().withTimeout(left(deadlineNanos));
            Attempt<T> tried = reads.<Attempt<T>, X>readTransaction(read, snapshot -> attempt(snapshot, work));
            if (tried.command == null) {
                return tried.value; // what one snapshot showed happened at one moment
            }
            try {
                commit(tried.command, options.caller(), deadlineNanos);
                return tried.value;
            } catch (PreconditionFailedException e) {
                if (isLast(attempt, deadlineNanos)) {
                    throw conflict(attempt, e);
                }
                couldNotBeJudged = false;
            } catch (SqlException e) {
                // A read that went well on the snapshot fails now: something has changed. Twice running: it never goes
                // well.
                if (e.statementIndex() >= 0 || couldNotBeJudged || isLast(attempt, deadlineNanos)) {
                    throw e;
                }
                couldNotBeJudged = true;
            }
        }
    }

    private boolean isLast(int attempt, long deadlineNanos) {
        return attempt == MAX_ATTEMPTS || env.clock().nanos() - deadlineNanos >= 0;
    }

    /** At least a millisecond, so that what is late fails by its own deadline. */
    private Duration left(long deadlineNanos) {
        return Duration.ofNanos(Math.max(1_000_000, deadlineNanos - env.clock().nanos()));
    }

    private static PreconditionFailedException conflict(int attempts, PreconditionFailedException last) {
        return new PreconditionFailedException(
                "the transaction was not done: in each of " + attempts
                        + " attempts something that it had read was changed before its writes could be done",
                last);
    }

    /**
     * As long as it is unknown whether the command was executed, it is sent again under its key: then the first outcome
     * is the answer. That is decided in any case: no later batch of this node comes before an earlier one.
     */
    private void commit(Command command, @Nullable String caller, long deadlineNanos) {
        OutcomeUnknownException unknown = null;
        do {
            try {
                writes.commit(command, caller, left(deadlineNanos));
                return;
            } catch (OutcomeUnknownException e) {
                unknown = e;
            } catch (NotDoneException e) {
                if (unknown == null) {
                    throw e;
                }
                pause(e.retryAfter()); // this sending was not done, but perhaps an earlier one
            } catch (ClosedException e) {
                if (unknown == null) {
                    throw e;
                }
                unknown.addSuppressed(e);
                throw unknown;
            }
        } while (env.clock().nanos() - deadlineNanos < 0
                && !Thread.currentThread().isInterrupted());
        throw unknown;
    }

    private static void pause(Duration atMost) {
        try {
            TimeUnit.MILLISECONDS.sleep(Math.min(MAX_PAUSE_MILLIS, atMost.toMillis()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // which the caller looks at
        }
    }

    private <T extends @Nullable Object, X extends Exception> Attempt<T> attempt(
            ReadTransaction snapshot, Transaction.Work<T, X> work) throws X {
        Collecting transaction = new Collecting(snapshot);
        T value;
        try {
            value = work.run(transaction);
        } finally {
            transaction.ended = true;
        }
        transaction.requireNoFailure();
        if (transaction.statements.isEmpty()) {
            return new Attempt<>(value, null);
        }
        Command command = new Command(null, transaction.conditions, transaction.statements);
        String key = KEY_PREFIX + Long.toHexString(env.randomLong()) + Long.toHexString(env.randomLong());
        return new Attempt<>(value, command.withKey(key));
    }

    /** What the closure gave, and what is to be written if anything is. */
    private record Attempt<T extends @Nullable Object>(
            T value, @Nullable Command command) {}

    /** One run of the closure. For one thread at a time. */
    private final class Collecting implements Transaction {
        private final ReadTransaction snapshot;
        private final List<Condition> conditions = new ArrayList<>();
        private final List<SqlStatement> statements = new ArrayList<>();
        private boolean ended;
        private long bytes;
        /** Of a query: what it hangs on cannot be checked when the writes are done. */
        private @Nullable WesDbException failure;

        Collecting(ReadTransaction snapshot) {
            this.snapshot = snapshot;
        }

        @Override
        public long index() {
            return snapshot.index();
        }

        @Override
        public QueryResult query(Statement statement) {
            requireOpen();
            if (conditions.size() >= WriteOptions.MAX_PRECONDITIONS) {
                throw new InvalidRequestException(
                        "a transaction may have at most " + WriteOptions.MAX_PRECONDITIONS + " queries");
            }
            try {
                SqlStatement query = Conditions.query(statement);
                count(query);
                QueryResult rows = snapshot.query(statement);
                conditions.add(new Condition.QueryGives(query, hash(rows)));
                return rows;
            } catch (WesDbException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public void execute(Statement statement) {
            requireOpen();
            SqlStatement checked = writes.checked(statement, statements.size());
            count(checked);
            statements.add(checked);
        }

        /** What is far too large for a command is not collected until memory ends. */
        private void count(SqlStatement statement) {
            bytes += statement.leastBytes();
            if (bytes > writes.maxCommandBytes()) {
                throw new TooLargeException("the transaction's statements have more than the "
                        + writes.maxCommandBytes() + " bytes that a command may have");
            }
        }

        void requireNoFailure() {
            if (failure != null) {
                throw failed(failure);
            }
        }

        private static WesDbException failed(WesDbException why) {
            return new InvalidRequestException(
                    "the transaction cannot go on after a query of it has failed: " + why.getMessage(), why);
        }

        private void requireOpen() {
            if (ended) {
                throw new IllegalStateException("the transaction has ended");
            }
            requireNoFailure();
        }
    }

    private static RowsHash hash(QueryResult result) {
        RowsHash.Maker hash = new RowsHash.Maker();
        for (Row row : result.rows()) {
            hash.row(row.size());
            for (int i = 0; i < row.size(); i++) {
                hash.value(row.get(i));
            }
        }
        return hash.hash();
    }
}
