package io.wesdb.internal.node;

import io.wesdb.ClosedException;
import io.wesdb.ErrorCode;
import io.wesdb.InvalidRequestException;
import io.wesdb.LeaderListener;
import io.wesdb.NodeStatus;
import io.wesdb.NotDoneException;
import io.wesdb.OutcomeUnknownException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.ReadTransaction;
import io.wesdb.RowStream;
import io.wesdb.Session;
import io.wesdb.Statement;
import io.wesdb.TooLargeException;
import io.wesdb.Transaction;
import io.wesdb.VerificationResult;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.read.ReadGateway;
import io.wesdb.internal.sqlite.SqlScript;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.CheckedSql;
import io.wesdb.internal.write.WriteGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * What the application holds: checks and encodes on the caller's thread, then hands on to the gateways. Thread safe.
 */
final class Node implements WesDb {
    /** The gateway ends every write at its deadline; this is for a node whose threads are stuck. */
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final NodeSettings settings;
    private final Environment env;
    private final Replicator replicator;
    private final WriteGateway writes;
    private final ReadGateway reads;
    private final StatusReport status;
    private final Membership membership;
    private final LeaderListeners leaderListeners;
    private final Shutdown shutdown;
    private final CheckedSql.Cache checkedSql = new CheckedSql.Cache();
    private final Transactions transactions;
    private final AtomicBoolean closed = new AtomicBoolean();

    Node(
            NodeSettings settings,
            Environment env,
            Replicator replicator,
            ReadGateway reads,
            StatusReport status,
            Membership membership,
            LeaderListeners leaderListeners,
            Shutdown shutdown) {
        this.settings = settings;
        this.env = env;
        this.replicator = replicator;
        this.writes = replicator.gateway();
        this.membership = membership;
        this.reads = reads;
        this.status = status;
        this.leaderListeners = leaderListeners;
        this.shutdown = shutdown;
        this.transactions = new Transactions(env, reads, new TransactionWrites(), settings.requestTimeout());
    }

    private final class TransactionWrites implements Transactions.Writes {
        @Override
        public SqlStatement checked(Statement statement, int position) {
            return new SqlStatement(
                    statement.sql(),
                    checkedSql.get(statement.sql(), position).layout().bind(statement));
        }

        @Override
        public void commit(Command command, @Nullable String caller, Duration timeout) {
            requireOpen();
            boolean alone = false;
            for (SqlStatement statement : command.statements()) {
                alone |= checkedSql.get(statement.sql(), 0).alone();
            }
            await(submit(caller(caller), command, alone, timeout), timeout);
        }

        @Override
        public long maxCommandBytes() {
            return settings.maxCommandBytes();
        }
    }

    @Override
    public WriteResult execute(List<Statement> statements, WriteOptions options) {
        return await(submit(statements, options), timeout(options));
    }

    @Override
    public WriteResult executeScript(String script, WriteOptions options) {
        return await(submit(statementsOf(script), options), timeout(options));
    }

    @Override
    public CompletableFuture<WriteResult> executeAsync(List<Statement> statements, WriteOptions options) {
        CompletableFuture<WriteResult> outcome;
        try {
            outcome = submit(statements, options);
        } catch (WesDbException e) {
            return CompletableFuture.failedFuture(e);
        }
        return onWorkers(outcome);
    }

    @Override
    public CompletableFuture<WriteResult> executeScriptAsync(String script, WriteOptions options) {
        try {
            return executeAsync(statementsOf(script), options);
        } catch (WesDbException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static List<Statement> statementsOf(String script) {
        List<Statement> statements =
                SqlScript.split(script).stream().map(Statement::of).toList();
        if (statements.isEmpty()) {
            throw new InvalidRequestException("the script has no statement");
        }
        return statements;
    }

    /** The outcome arises on the replicator's lane; what callers hang on it must not run there. */
    private <T> CompletableFuture<T> onWorkers(CompletableFuture<T> outcome) {
        CompletableFuture<T> result = new CompletableFuture<>();
        outcome.whenComplete((done, failure) -> {
            Runnable completion = () -> {
                if (failure == null) {
                    result.complete(done);
                } else {
                    result.completeExceptionally(failure);
                }
            };
            try {
                env.workers().execute(completion);
            } catch (RejectedExecutionException e) {
                completion.run(); // better on our thread than never
            }
        });
        return result;
    }

    private CompletableFuture<WriteResult> submit(List<Statement> statements, WriteOptions options) {
        requireOpen();
        if (statements.isEmpty()) {
            throw new InvalidRequestException("a command needs a statement");
        }
        Caller caller = caller(options.caller());
        WesDbException refusal = writes.refusal(caller);
        if (refusal != null) {
            throw refusal; // under overload a refusal should cost as little as it can
        }
        List<SqlStatement> bound = new ArrayList<>(statements.size());
        boolean alone = false;
        for (int i = 0; i < statements.size(); i++) {
            Statement statement = statements.get(i);
            CheckedSql checked = checkedSql.get(statement.sql(), i);
            bound.add(new SqlStatement(statement.sql(), checked.layout().bind(statement)));
            alone |= checked.alone();
        }
        Command command = new Command(null, Conditions.of(options.preconditions()), bound);
        String key = options.idempotencyKey();
        return submit(caller, key == null ? command : command.withKey(key), alone, timeout(options));
    }

    private CompletableFuture<WriteResult> submit(Caller caller, Command command, boolean alone, Duration timeout) {
        byte[] encoded = BatchCodec.encodeCommand(command);
        if (encoded.length > settings.maxCommandBytes()) {
            throw new TooLargeException("the command has " + encoded.length + " bytes, more than the "
                    + settings.maxCommandBytes() + " that are allowed");
        }
        return writes.submit(caller, encoded, alone, env.clock().nanos() + timeout.toNanos());
    }

    private static Caller caller(@Nullable String name) {
        return name == null ? Caller.thisThread() : Caller.named(name);
    }

    private Duration timeout(WriteOptions options) {
        return options.timeout() == null ? settings.requestTimeout() : options.timeout();
    }

    private static <T> T await(CompletableFuture<T> outcome, Duration timeout) {
        try {
            return outcome.get(timeout.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new OutcomeUnknownException("the node did not answer within the deadline and more", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutcomeUnknownException("interrupted while waiting for the outcome", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof WesDbException failure) {
                throw failure;
            }
            throw new IllegalStateException("a write failed in a way that is a bug", e.getCause());
        }
    }

    @Override
    public QueryResult query(ReadOptions options, Statement statement) {
        requireOpen();
        return reads.query(options, statement);
    }

    @Override
    public CompletableFuture<QueryResult> queryAsync(ReadOptions options, Statement statement) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(new ClosedException("the node is closed"));
        }
        return reads.queryAsync(options, statement);
    }

    @Override
    public RowStream stream(ReadOptions options, Statement statement) {
        requireOpen();
        return reads.stream(options, statement);
    }

    @Override
    public CompletableFuture<RowStream> streamAsync(ReadOptions options, Statement statement) {
        if (closed.get()) {
            return CompletableFuture.failedFuture(new ClosedException("the node is closed"));
        }
        return reads.streamAsync(options, statement);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T readTransaction(
            ReadOptions options, ReadTransaction.Work<T, X> work) throws X {
        requireOpen();
        return reads.readTransaction(options, work);
    }

    @Override
    public <T extends @Nullable Object, X extends Exception> T transaction(
            WriteOptions options, Transaction.Work<T, X> work) throws X {
        requireOpen();
        return transactions.run(options, work);
    }

    @Override
    public Session session(long index) {
        return new IndexSession(this, index);
    }

    @Override
    public NodeStatus status() {
        return status.status(writes.pendingWrites(), reads.queries(), reads.headReads());
    }

    @Override
    public VerificationResult verify(Duration timeout) {
        return await(submitVerification(timeout), timeout);
    }

    @Override
    public CompletableFuture<VerificationResult> verifyAsync(Duration timeout) {
        try {
            return onWorkers(submitVerification(timeout));
        } catch (WesDbException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<VerificationResult> submitVerification(Duration timeout) {
        requireOpen();
        if (timeout.compareTo(Duration.ofMillis(1)) < 0 || timeout.compareTo(Duration.ofHours(1)) > 0) {
            throw new InvalidRequestException("a verification's timeout must be from 1 ms to 1 h: " + timeout);
        }
        return replicator.verification().verify(timeout);
    }

    @Override
    public void removeNode(String node) {
        requireOpen();
        decide(membership.remove(node));
        replicator.verification().removed(node);
    }

    @Override
    public void trustNode(String node) {
        requireOpen();
        decide(replicator.verification().trust(node, replicator.state().head()));
    }

    @Override
    public String transferLeadership() {
        return transfer(null);
    }

    @Override
    public String transferLeadership(String node) {
        return transfer(node);
    }

    @Override
    public CompletableFuture<String> transferLeadershipAsync() {
        return transferAsync(null);
    }

    @Override
    public CompletableFuture<String> transferLeadershipAsync(String node) {
        return transferAsync(node);
    }

    private String transfer(@Nullable String successor) {
        return await(submitTransfer(successor), settings.requestTimeout());
    }

    private CompletableFuture<String> transferAsync(@Nullable String successor) {
        try {
            return onWorkers(submitTransfer(successor));
        } catch (WesDbException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<String> submitTransfer(@Nullable String successor) {
        requireOpen();
        return replicator.handover().transfer(successor, settings.requestTimeout());
    }

    /** Waits for what a person has decided to be written. */
    private void decide(CompletableFuture<Void> written) {
        try {
            written.get(settings.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            if (cause instanceof IllegalArgumentException
                    || cause instanceof Membership.NodePresentException
                    || cause instanceof Membership.UnknownNodeException) {
                throw new InvalidRequestException(String.valueOf(cause.getMessage()));
            }
            throw new NotDoneException(
                    ErrorCode.NO_LEADER, "ZooKeeper does not answer: " + cause, Duration.ofSeconds(1));
        } catch (TimeoutException e) {
            throw new OutcomeUnknownException("ZooKeeper did not answer within " + settings.requestTimeout());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OutcomeUnknownException("interrupted while ZooKeeper was asked");
        }
    }

    @Override
    public AutoCloseable onLeaderChange(LeaderListener listener) {
        return leaderListeners.add(listener);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            shutdown.run();
        } else {
            shutdown.await();
        }
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new ClosedException("the node is closed");
        }
    }
}
