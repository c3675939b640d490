package io.wesdb.examples.sql;

import io.wesdb.InvalidRequestException;
import io.wesdb.NotAQueryException;
import io.wesdb.QueryResult;
import io.wesdb.ReadOptions;
import io.wesdb.Row;
import io.wesdb.RowStream;
import io.wesdb.SqlException;
import io.wesdb.Statement;
import io.wesdb.StatementResult;
import io.wesdb.TooLargeException;
import io.wesdb.VerificationResult;
import io.wesdb.WesDb;
import io.wesdb.WesDbException;
import io.wesdb.WriteResult;
import io.wesdb.examples.sql.Outcome.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Nodes in this process, through the public API. For one thread. */
final class Cluster implements AutoCloseable {
    /** For a machine that is busy with other things. */
    private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(60);

    private final List<WesDb> nodes = new ArrayList<>();
    private final List<Path> files = new ArrayList<>();

    private Cluster() {}

    /** @param name of the cluster; one that nobody has had yet */
    static Cluster start(String connectString, String name, Path directory, int count) {
        Cluster cluster = new Cluster();
        try {
            List<CompletableFuture<WesDb>> starting = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                Path file = directory.resolve(name + "-" + (i + 1) + ".db");
                String node = "n" + (i + 1);
                cluster.files.add(file);
                starting.add(CompletableFuture.supplyAsync(() -> WesDb.builder()
                        .zk(connectString)
                        .cluster(name)
                        .nodeId(node)
                        .dbPath(file)
                        .requestTimeout(REQUEST_TIMEOUT)
                        .timeZone(ZoneOffset.UTC)
                        .start()));
            }
            starting.forEach(node -> cluster.nodes.add(node.join()));
            return cluster;
        } catch (CompletionException e) {
            cluster.close();
            throw e;
        }
    }

    int size() {
        return nodes.size();
    }

    List<Path> files() {
        return files;
    }

    /** An outcome, and the index with which it can be seen on every node; 0 if it changed nothing. */
    record Answer(Outcome outcome, long index) {}

    /** Commands given to one node by one thread keep their order. */
    CompletableFuture<Answer> send(int node, Step.Command command) {
        WesDb db = nodes.get(node);
        CompletableFuture<WriteResult> sent;
        try {
            List<Statement> statements = command.script() != null
                    ? List.of()
                    : command.statements().stream().map(Sql::toStatement).toList();
            sent = command.script() != null ? db.executeScriptAsync(command.script()) : db.executeAsync(statements);
        } catch (WesDbException e) {
            return CompletableFuture.completedFuture(new Answer(refused(e), 0));
        }
        return sent.handle((written, error) -> error == null
                ? new Answer(
                        new Outcome.Done(
                                written.results().stream().map(Cluster::result).toList()),
                        written.index())
                : new Answer(refused(error), 0));
    }

    /**
     * @param index what the query must see
     * @param streamed whether the rows are fetched one by one
     */
    Outcome query(int node, long index, Sql sql, boolean streamed) {
        WesDb db = nodes.get(node);
        ReadOptions options = index == 0 ? ReadOptions.linearizable() : ReadOptions.atLeast(index);
        try {
            if (streamed) {
                return stream(db, options, sql.toStatement());
            }
            QueryResult result = db.query(options, sql.toStatement());
            return new Outcome.Done(List.of(new Result(0, null, result.columns(), texts(result.rows()))));
        } catch (WesDbException e) {
            return refused(e);
        }
    }

    private static Outcome stream(WesDb db, ReadOptions options, Statement statement) {
        try (RowStream stream = db.stream(options, statement)) {
            List<Row> rows = new ArrayList<>();
            stream.forEach(rows::add);
            return new Outcome.Done(List.of(new Result(0, null, stream.columns(), texts(rows))));
        }
    }

    private static Result result(StatementResult result) {
        Long rowId =
                result.lastInsertRowId().isPresent() ? result.lastInsertRowId().getAsLong() : null;
        return new Result(result.rowsAffected(), rowId, result.columns(), texts(result.rows()));
    }

    private static List<String> texts(List<Row> rows) {
        List<String> texts = new ArrayList<>();
        for (Row row : rows) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                text.append(i == 0 ? "" : "|").append(Value.exact(row.get(i)));
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static Outcome refused(Throwable error) {
        Throwable cause = error instanceof CompletionException && error.getCause() != null ? error.getCause() : error;
        String kind = cause.getClass().getSimpleName();
        String message = String.valueOf(cause.getMessage());
        if (cause instanceof SqlException sql) {
            return new Outcome.Refused(kind, sql.sqliteCode(), sql.statementIndex(), message);
        } else if (cause instanceof NotAQueryException
                || cause instanceof InvalidRequestException
                || cause instanceof TooLargeException) {
            return new Outcome.Refused(kind, 0, 0, message);
        }
        return new Outcome.Fault(cause.toString());
    }

    VerificationResult verify() {
        return nodes.get(0).verify();
    }

    @Override
    public void close() {
        nodes.forEach(WesDb::close);
    }
}
