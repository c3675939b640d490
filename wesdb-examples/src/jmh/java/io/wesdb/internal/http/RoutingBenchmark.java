package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.wesdb.NodeStatus;
import io.wesdb.QueryResult;
import io.wesdb.Role;
import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.WesDb;
import io.wesdb.WriteResult;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One small request from its parsed head to its finished answer, before a database that answers at once; sockets and
 * Netty's HTTP codec are left out.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoutingBenchmark {
    private static final String WRITE =
            "{\"sql\":\"INSERT INTO t(x) VALUES (?)\",\"params\":[\"a row of some forty characters, no more\"]}";
    private static final String READ = "{\"sql\":\"SELECT x FROM t WHERE id = ?\",\"params\":[42]}";

    private final Json format = new Json();
    private Routes routes;
    private HttpRequest post;
    private HttpRequest get;
    private ByteBuf write;
    private ByteBuf read;

    @Setup
    public void prepare() {
        WesDb db = database();
        JsonAnswers answers = new JsonAnswers(format, PooledByteBufAllocator.DEFAULT);
        routes = new Routes(() -> db, Runnable::run, Runnable::run, format, answers);
        post = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/");
        post.headers().set(HttpHeaderNames.HOST, "127.0.0.1").set(HttpHeaderNames.CONTENT_TYPE, "application/json");
        get = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
        get.headers().set(HttpHeaderNames.HOST, "127.0.0.1");
        write = Unpooled.copiedBuffer(WRITE, StandardCharsets.UTF_8);
        read = Unpooled.copiedBuffer(READ, StandardCharsets.UTF_8);
    }

    /** Answers at once, always the same. */
    private static WesDb database() {
        CompletableFuture<WriteResult> written = CompletableFuture.completedFuture(
                new WriteResult(42, List.of(new StatementResult(1, OptionalLong.of(7), List.of(), List.of()))));
        List<String> columns = List.of("x");
        CompletableFuture<QueryResult> found = CompletableFuture.completedFuture(new QueryResult(
                42, columns, List.of(new Row(columns, new Object[] {"a row of some forty characters, no more"}))));
        NodeStatus status = new NodeStatus(
                "c", "id", "n", Role.FOLLOWER, true, 1, null, 42, 42, 42, 1, 0, true, "a:1", null, 0, 0, 0, null, null,
                null, List.of(), "3", "0", 1);
        return (WesDb) Proxy.newProxyInstance(
                WesDb.class.getClassLoader(), new Class<?>[] {WesDb.class}, (proxy, method, arguments) ->
                        switch (method.getName()) {
                            case "executeAsync", "executeScriptAsync" -> written;
                            case "queryAsync" -> found;
                            case "status" -> status;
                            default -> throw new UnsupportedOperationException(method.getName());
                        });
    }

    @Benchmark
    public int write() {
        return answered(post, "/execute", write);
    }

    @Benchmark
    public int query() {
        return answered(post, "/query", read);
    }

    @Benchmark
    public int queryInUrl() {
        return answered(get, "/query?sql=SELECT+x+FROM+t+WHERE+id+%3D+%3F&params=%5B42%5D", Unpooled.EMPTY_BUFFER);
    }

    @Benchmark
    public int live() {
        return answered(get, "/health/live", Unpooled.EMPTY_BUFFER);
    }

    private int answered(HttpRequest request, String uri, ByteBuf body) {
        RequestTarget target = RequestTarget.parse(uri);
        HttpFault fault = routes.check(request, target);
        if (fault != null) {
            throw new IllegalStateException(fault.message());
        }
        Answer.Whole answer = (Answer.Whole) routes.begin(request, target, body.duplicate(), "http 1")
                .answer()
                .join();
        int bytes = answer.body().readableBytes();
        answer.discard();
        return bytes;
    }
}
