package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.wesdb.InvalidRequestException;
import io.wesdb.NodeStatus;
import io.wesdb.QueryResult;
import io.wesdb.RowStream;
import io.wesdb.WesDb;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The client routes: which request may be, and what it means. Thread safe. */
final class Routes {
    private static final String EXECUTE = "/execute";
    private static final String QUERY = "/query";
    private static final String STATUS = "/status";
    private static final String LIVE = "/health/live";
    private static final String READY = "/health/ready";
    private static final String NDJSON = "application/x-ndjson";
    private static final String IDEMPOTENCY_KEY = "Idempotency-Key";
    private static final String STALENESS = "Wesdb-Staleness-Millis";

    private final Supplier<@Nullable WesDb> database;
    private final Executor queries;
    private final Json format;
    private final JsonAnswers answers;
    private final StatusAnswers statusAnswers;
    private final ClusterRoutes cluster;

    Routes(Supplier<@Nullable WesDb> database, Executor workers, Executor queries, Json format, JsonAnswers answers) {
        this.database = database;
        this.queries = queries;
        this.format = format;
        this.answers = answers;
        this.statusAnswers = new StatusAnswers(answers);
        this.cluster = new ClusterRoutes(workers, format, answers, this::answer);
    }

    /** What a request does to the database; tells which requests of one connection may overlap. */
    enum Effect {
        NONE,
        READS,
        WRITES
    }

    static Effect effect(RequestTarget target) {
        return switch (target.path()) {
            case EXECUTE, ClusterRoutes.REMOVE_NODE, ClusterRoutes.TRUST_NODE, ClusterRoutes.TRANSFER -> Effect.WRITES;
            case QUERY -> Effect.READS;
            default -> Effect.NONE;
        };
    }

    /** A request's work that was begun: its answer, and how to give it up. */
    record Begun(CompletableFuture<Answer> answer, Runnable giveUp) {
        static Begun done(Answer answer) {
            return new Begun(CompletableFuture.completedFuture(answer), () -> {});
        }
    }

    /** What is wrong with a request's head, or null. */
    @Nullable HttpFault check(HttpRequest request, RequestTarget target) {
        String allowed = switch (target.path()) {
            case EXECUTE,
                    ClusterRoutes.VERIFY,
                    ClusterRoutes.REMOVE_NODE,
                    ClusterRoutes.TRUST_NODE,
                    ClusterRoutes.TRANSFER -> "POST";
            case QUERY -> "GET, POST";
            case STATUS, LIVE, READY -> "GET";
            default -> null;
        };
        if (allowed == null) {
            return new HttpFault(HttpResponseStatus.NOT_FOUND, "NOT_FOUND", "there is nothing at this path");
        } else if (!mayBe(request.method(), target)) {
            return new HttpFault(
                    HttpResponseStatus.METHOD_NOT_ALLOWED,
                    "METHOD_NOT_ALLOWED",
                    "this path takes " + allowed,
                    Map.of("Allow", allowed));
        } else if (request.method().equals(HttpMethod.POST)) {
            return checkBody(request, target);
        }
        return null;
    }

    private static boolean mayBe(HttpMethod method, RequestTarget target) {
        return switch (target.path()) {
            case EXECUTE,
                    ClusterRoutes.VERIFY,
                    ClusterRoutes.REMOVE_NODE,
                    ClusterRoutes.TRUST_NODE,
                    ClusterRoutes.TRANSFER -> method.equals(HttpMethod.POST);
            case QUERY -> method.equals(HttpMethod.POST) || method.equals(HttpMethod.GET);
            default -> method.equals(HttpMethod.GET);
        };
    }

    private static @Nullable HttpFault checkBody(HttpRequest request, RequestTarget target) {
        String encoding = request.headers().get(HttpHeaderNames.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return unsupported("no Content-Encoding is understood: " + encoding);
        }
        MediaType type = MediaType.of(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
        boolean known = type.isJson() || (type.isText() && target.path().equals(EXECUTE));
        if (!known || !type.isUtf8()) {
            return unsupported("the body must be "
                    + (target.path().equals(EXECUTE) ? "application/json or text/plain" : "application/json")
                    + " in UTF-8");
        }
        return target.path().equals(QUERY)
                ? null
                : checkKey(target, request.headers().getAll(IDEMPOTENCY_KEY));
    }

    private static @Nullable HttpFault checkKey(RequestTarget target, List<String> keys) {
        if (!keys.isEmpty() && !target.path().equals(EXECUTE)) {
            // To act as if the key were honoured would break the promise that the client relies on (I5).
            return HttpFault.badRequest("this path takes no " + IDEMPOTENCY_KEY + "; nothing was done");
        } else if (keys.size() > 1) {
            return HttpFault.badRequest("there is more than one " + IDEMPOTENCY_KEY);
        }
        try {
            keys.forEach(WriteOptions.defaults()::withIdempotencyKey);
            return null;
        } catch (InvalidRequestException e) {
            return HttpFault.badRequest(String.valueOf(e.getMessage()));
        }
    }

    private static HttpFault unsupported(String message) {
        return new HttpFault(HttpResponseStatus.UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", message);
    }

    /**
     * Begins the work of a checked request. Does not wait for the database, but parsing a large body takes its time.
     * Never throws; does not release {@code body}.
     *
     * @param connection a name that no other connection has
     */
    Begun begin(HttpRequest request, RequestTarget target, ByteBuf body, String connection) {
        try {
            WesDb db = database.get();
            if (target.path().equals(LIVE)) {
                return Begun.done(statusAnswers.live());
            } else if (db == null) {
                return Begun.done(answers.fault(HttpFault.notReady("the node is starting")));
            }
            return switch (target.path()) {
                case EXECUTE -> execute(db, request, target, body, connection);
                case QUERY -> query(db, request, target, body);
                case ClusterRoutes.VERIFY,
                        ClusterRoutes.REMOVE_NODE,
                        ClusterRoutes.TRUST_NODE,
                        ClusterRoutes.TRANSFER -> cluster.begin(db, target, body);
                case READY -> Begun.done(statusAnswers.ready(db.status()));
                default -> Begun.done(statusAnswers.status(db.status()));
            };
        } catch (Throwable e) {
            return Begun.done(answer(e));
        }
    }

    /** The answer that tells of {@code thrown}. */
    Answer answer(Throwable thrown) {
        return answers.fault(Faults.of(thrown), Faults.sqliteCode(thrown));
    }

    private Begun execute(WesDb db, HttpRequest request, RequestTarget target, ByteBuf body, String connection) {
        WriteOptions options = writeOptions(target.parameters()).withCaller(connection);
        String key = request.headers().get(IDEMPOTENCY_KEY);
        if (key != null) {
            options = options.withIdempotencyKey(key);
        }
        MediaType type = MediaType.of(request.headers().get(HttpHeaderNames.CONTENT_TYPE));
        ExecuteRequest wanted = type.isText() ? ExecuteRequest.fromText(body) : ExecuteRequest.fromJson(format, body);
        CompletableFuture<WriteResult> result = wanted.on(db, options);
        // Cancelling would not undo the write, so a vanished client changes nothing.
        return new Begun(
                result.handle((written, e) -> written == null ? answer(fault(e)) : answers.written(written)), () -> {});
    }

    private static WriteOptions writeOptions(Map<String, String> parameters) {
        WriteOptions options = WriteOptions.defaults();
        for (Map.Entry<String, String> parameter : parameters.entrySet()) {
            if (!parameter.getKey().equals("timeoutMillis")) {
                throw new InvalidRequestException("unknown query parameter '" + parameter.getKey() + "'");
            }
            options = options.withTimeout(
                    RequestFields.timeout(RequestFields.number("timeoutMillis", parameter.getValue())));
        }
        return options;
    }

    private Begun query(WesDb db, HttpRequest request, RequestTarget target, ByteBuf body) {
        QueryRequest wanted = request.method().equals(HttpMethod.GET)
                ? QueryRequest.fromUrl(format, target.parameters())
                : QueryRequest.fromJson(format, body, target.parameters());
        Map<String, String> headers = staleness(db);
        if (wantsLines(request)) {
            return stream(db, wanted, headers);
        }
        CompletableFuture<QueryResult> result = db.queryAsync(wanted.options(), wanted.statement());
        return new Begun(
                result.handle(
                        (read, e) -> read == null ? answer(fault(e)) : answers.read(read, wanted.format(), headers)),
                () -> result.cancel(true));
    }

    /**
     * A node without ZooKeeper goes on serving local reads; its answers say how old they may be. Taken before the query
     * begins: what it reads is then no older than that, counted from the query's arrival.
     */
    private static Map<String, String> staleness(WesDb db) {
        NodeStatus status = db.status();
        return status.connected() ? Map.of() : Map.of(STALENESS, Long.toString(status.lagMillis()));
    }

    private Begun stream(WesDb db, QueryRequest wanted, Map<String, String> headers) {
        CompletableFuture<RowStream> rows = db.streamAsync(wanted.options(), wanted.statement());
        return new Begun(
                rows.handle((opened, e) ->
                        opened == null ? answer(fault(e)) : new Answer.Streamed(opened, queries, headers)),
                () -> rows.cancel(true));
    }

    private static Throwable fault(@Nullable Throwable thrown) {
        return thrown == null ? new CompletionException(new NullPointerException("no result")) : thrown;
    }

    private static boolean wantsLines(HttpRequest request) {
        for (String accepted : request.headers().getAll(HttpHeaderNames.ACCEPT)) {
            if (accepted.toLowerCase(Locale.ROOT).contains(NDJSON)) {
                return true;
            }
        }
        return false;
    }
}
