package io.wesdb.examples;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Speaks to one node over HTTP with nothing but the JDK's client. Safe for use by many threads. */
public final class NodeClient {
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    /** How much longer than the node an answer may take. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final HttpClient http;
    private final String base;
    private final @Nullable String name;

    public NodeClient(HttpClient http, String base) {
        this(http, base, null);
    }

    /** @param name of the node, if it is known before it has answered */
    public NodeClient(HttpClient http, String base, @Nullable String name) {
        this.http = http;
        this.base = base;
        this.name = name;
    }

    /** The node answered with an error; {@link #code} is what a program can act on. */
    public static final class Refused extends IOException {
        private static final long serialVersionUID = 1L;
        private final String code;

        public Refused(int status, String code, String message) {
            super(status + " " + code + ": " + message);
            this.code = code;
        }

        public String code() {
            return code;
        }
    }

    /** What a write did: the log index, and the rows that its statements affected in all. */
    public record Written(long index, long rowsAffected) {}

    /**
     * What a write with an idempotency key came to.
     *
     * @param results of each statement, as they came
     * @param replayed whether an earlier sending had been executed
     */
    public record Outcome(long index, String results, boolean replayed) {}

    /** One of a command's statements. */
    public record Statement(String sql, List<?> parameters) {
        public static Statement of(String sql, Object... parameters) {
            return new Statement(sql, List.of(parameters));
        }
    }

    /** The answer to a query, as arrays. */
    public record Table(List<String> columns, List<List<@Nullable Object>> rows, long index) {}

    /** What the demonstrations look at in {@code /status}. */
    public record Status(
            String node,
            String role,
            boolean ready,
            long epoch,
            @Nullable String leader,
            long head,
            long applied,
            @Nullable String fault,
            @Nullable String dispute,
            @Nullable Recovery recovery) {}

    /** How far a node is that recovers. */
    public record Recovery(String phase, @Nullable String source, long receivedBytes, long totalBytes) {}

    /** Since the node started: queries that it answered, and readings of the log's head that they caused. */
    public record ReadCounts(long queries, long headReads) {}

    /** What comparing all nodes came to; the tables in which a node differs are by node. */
    public record Verified(
            long index,
            boolean sound,
            boolean tied,
            List<String> agreeing,
            Map<String, List<String>> differing,
            List<String> silent) {}

    public String base() {
        return base;
    }

    /** Null if whoever made this did not know it. */
    public @Nullable String name() {
        return name;
    }

    public Written execute(String sql, @Nullable Object... parameters) throws IOException, InterruptedException {
        Map<String, @Nullable Object> body = new LinkedHashMap<>();
        body.put("sql", sql);
        if (parameters.length > 0) {
            body.put("params", Arrays.asList(parameters));
        }
        return written(post("/execute", body));
    }

    /** One statement as a command, with a bound for the node; past it, and a little, this side gives up too. */
    public Written executeWithin(Duration timeout, String sql, Object... parameters)
            throws IOException, InterruptedException {
        String path = "/execute?timeoutMillis=" + timeout.toMillis();
        return written(post(path, Map.of("sql", sql, "params", List.of(parameters)), timeout.plus(GRACE)));
    }

    /** Reads at a level of consistency, by its name in the HTTP interface, bounded as {@link #executeWithin}. */
    public Table queryWithin(Duration timeout, String consistency, String sql, Object... parameters)
            throws IOException, InterruptedException {
        return query(
                Map.of("consistency", consistency, "timeoutMillis", timeout.toMillis()),
                sql,
                Arrays.asList(parameters),
                timeout.plus(GRACE));
    }

    /** Reads this node's own file, once it has applied {@code minIndex}, bounded as {@link #executeWithin}. */
    public Table queryAt(Duration timeout, long minIndex, String sql, Object... parameters)
            throws IOException, InterruptedException {
        return query(
                Map.of("minIndex", minIndex, "timeoutMillis", timeout.toMillis()),
                sql,
                Arrays.asList(parameters),
                timeout.plus(GRACE));
    }

    /** Reads this node's own file, once it has applied {@code minIndex}. */
    public Table query(long minIndex, String sql, @Nullable Object... parameters)
            throws IOException, InterruptedException {
        return query(Map.of("minIndex", minIndex), sql, Arrays.asList(parameters), TIMEOUT);
    }

    private Table query(Map<String, ?> options, String sql, List<@Nullable Object> parameters, Duration timeout)
            throws IOException, InterruptedException {
        Map<String, @Nullable Object> body = new LinkedHashMap<>(options);
        body.put("sql", sql);
        body.put("params", parameters);
        body.put("format", "arrays");
        Map<?, ?> answer = post("/query", body, timeout);
        List<String> columns = texts(answer.get("columns"));
        @SuppressWarnings("unchecked") // rows are arrays of values: that is what the format means
        List<List<@Nullable Object>> rows = (List<List<@Nullable Object>>) (List<?>) list(answer.get("rows"));
        return new Table(columns, rows, number(answer.get("index")));
    }

    /** Null if the node does not count. */
    @Nullable ReadCounts readCounts() throws IOException, InterruptedException {
        Map<?, ?> answer = statusAnswer(TIMEOUT);
        return answer.get("queries") instanceof Number queries && answer.get("headReads") instanceof Number headReads
                ? new ReadCounts(queries.longValue(), headReads.longValue())
                : null;
    }

    private Map<?, ?> statusAnswer(Duration timeout) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + "/status"))
                .timeout(timeout)
                .build());
    }

    public Status status() throws IOException, InterruptedException {
        return status(TIMEOUT);
    }

    /** Past that time this side gives up. */
    public Status status(Duration timeout) throws IOException, InterruptedException {
        Map<?, ?> answer = statusAnswer(timeout);
        Object leader = answer.get("leader");
        return new Status(
                String.valueOf(answer.get("node")),
                String.valueOf(answer.get("role")),
                Boolean.TRUE.equals(answer.get("ready")),
                number(answer.get("epoch")),
                leader == null ? null : String.valueOf(object(leader).get("node")),
                number(answer.get("head")),
                number(answer.get("applied")),
                textOrNull(answer.get("fault")),
                textOrNull(answer.get("dispute")),
                recovery(answer.get("recovery")));
    }

    private static @Nullable Recovery recovery(@Nullable Object value) throws IOException {
        if (value == null) {
            return null;
        }
        Map<?, ?> recovery = object(value);
        return new Recovery(
                String.valueOf(recovery.get("phase")),
                textOrNull(recovery.get("source")),
                number(recovery.get("receivedBytes")),
                number(recovery.get("totalBytes")));
    }

    private static @Nullable String textOrNull(@Nullable Object value) {
        return value == null ? null : value.toString();
    }

    /** Waits up to {@code timeout} for the nodes' reports. */
    public Verified verify(Duration timeout) throws IOException, InterruptedException {
        Map<?, ?> answer = post("/verify", Map.of("timeoutMillis", timeout.toMillis()), timeout.plus(TIMEOUT));
        Map<String, List<String>> differing = new LinkedHashMap<>();
        for (Map.Entry<?, ?> node : object(answer.get("differing")).entrySet()) {
            differing.put(String.valueOf(node.getKey()), texts(node.getValue()));
        }
        return new Verified(
                number(answer.get("index")),
                Boolean.TRUE.equals(answer.get("sound")),
                Boolean.TRUE.equals(answer.get("tied")),
                texts(answer.get("agreeing")),
                differing,
                texts(answer.get("silent")));
    }

    public void removeNode(String node) throws IOException, InterruptedException {
        post("/nodes/remove", Map.of("node", node));
    }

    public void trustNode(String node) throws IOException, InterruptedException {
        post("/nodes/trust", Map.of("node", node));
    }

    /** Has the leader hand over to any other node; gives the new one. */
    public String transferLeadership() throws IOException, InterruptedException {
        return String.valueOf(post("/leader/transfer", Map.of()).get("leader"));
    }

    public String transferLeadership(String node) throws IOException, InterruptedException {
        return String.valueOf(post("/leader/transfer", Map.of("node", node)).get("leader"));
    }

    /** Several statements as one command, each with its parameters. */
    public Written executeAll(List<Statement> statements) throws IOException, InterruptedException {
        List<Map<String, ?>> written = new ArrayList<>();
        for (Statement statement : statements) {
            written.add(Map.of("sql", statement.sql(), "params", statement.parameters()));
        }
        return written(post("/execute", Map.of("statements", written)));
    }

    /** A command as the HTTP interface takes it, under a key; bounded as {@link #executeWithin}. */
    public Outcome executeOnce(Duration timeout, String key, Map<String, ?> command)
            throws IOException, InterruptedException {
        return outcome(command(timeout, command).header("Idempotency-Key", key).build());
    }

    /** A command as the HTTP interface takes it, without a key; bounded as {@link #executeWithin}. */
    public Outcome executeCommand(Duration timeout, Map<String, ?> command) throws IOException, InterruptedException {
        return outcome(command(timeout, command).build());
    }

    private HttpRequest.Builder command(Duration timeout, Map<String, ?> command) {
        return HttpRequest.newBuilder(URI.create(base + "/execute?timeoutMillis=" + timeout.toMillis()))
                .timeout(timeout.plus(GRACE))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.write(command)));
    }

    private Outcome outcome(HttpRequest request) throws IOException, InterruptedException {
        Map<?, ?> answer = send(request);
        return new Outcome(
                number(answer.get("index")),
                Json.write(list(answer.get("results"))),
                Boolean.TRUE.equals(answer.get("replayed")));
    }

    private static Written written(Map<?, ?> answer) throws IOException {
        long affected = 0;
        for (Object result : list(answer.get("results"))) {
            affected += number(object(result).get("rowsAffected"));
        }
        return new Written(number(answer.get("index")), affected);
    }

    private Map<?, ?> post(String path, Map<String, ?> body) throws IOException, InterruptedException {
        return post(path, body, TIMEOUT);
    }

    private Map<?, ?> post(String path, Map<String, ?> body, Duration timeout)
            throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(base + path))
                .timeout(timeout)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(Json.write(body)))
                .build());
    }

    private Map<?, ?> send(HttpRequest request) throws IOException, InterruptedException {
        HttpResponse<String> response = receive(request);
        Map<?, ?> answer = object(Json.read(response.body()));
        if (response.statusCode() != 200) {
            throw new Refused(
                    response.statusCode(), String.valueOf(answer.get("code")), String.valueOf(answer.get("error")));
        }
        return answer;
    }

    /** The client's own timeout counts until the head of an answer: a body that never ends must not be waited for either. */
    private HttpResponse<String> receive(HttpRequest request) throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<String>> answer = http.sendAsync(request, BodyHandlers.ofString());
        Duration patience = request.timeout().orElse(TIMEOUT).plus(GRACE);
        try {
            return answer.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new HttpTimeoutException("the answer did not end in " + patience);
        } catch (InterruptedException e) {
            answer.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : new IOException(e.getCause());
        }
    }

    private static Map<?, ?> object(@Nullable Object value) throws IOException {
        if (value instanceof Map<?, ?> object) {
            return object;
        }
        throw new IOException("expected a JSON object: " + value);
    }

    private static List<?> list(@Nullable Object value) throws IOException {
        if (value instanceof List<?> array) {
            return array;
        }
        throw new IOException("expected a JSON array: " + value);
    }

    private static List<String> texts(@Nullable Object value) throws IOException {
        return list(value).stream().map(String::valueOf).toList();
    }

    private static long number(@Nullable Object value) throws IOException {
        if (value instanceof Number number) {
            return number.longValue();
        }
        throw new IOException("expected a number: " + value);
    }
}
