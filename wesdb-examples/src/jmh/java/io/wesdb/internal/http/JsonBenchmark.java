package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.wesdb.QueryResult;
import io.wesdb.Row;
import io.wesdb.StatementResult;
import io.wesdb.WriteResult;
import io.wesdb.internal.http.QueryRequest.Format;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Bodies of requests read, and bodies of answers written; an operation is a whole body. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class JsonBenchmark {
    /** Statements of a request, rows of an answer. */
    @Param({"1", "100"})
    public int size;

    private final Json format = new Json();
    private final JsonAnswers answers = new JsonAnswers(format, PooledByteBufAllocator.DEFAULT);
    private ByteBuf body;
    private WriteResult written;
    private QueryResult read;

    @Setup
    public void prepare() {
        List<String> statements = new ArrayList<>();
        List<StatementResult> results = new ArrayList<>();
        List<Row> rows = new ArrayList<>();
        List<String> columns = List.of("id", "name", "weight", "picture");
        for (long i = 0; i < size; i++) {
            statements.add("{\"sql\":\"INSERT INTO t(x, y) VALUES (?, ?)\",\"params\":[" + i
                    + ",\"a row of some forty characters, no more\"]}");
            results.add(new StatementResult(1, OptionalLong.of(i), List.of(), List.of()));
            rows.add(new Row(columns, new Object[] {i, "a row's name, short", i / 3.0, new byte[16]}));
        }
        String text = "{\"statements\":[" + String.join(",", statements) + "]}";
        body = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
        written = new WriteResult(42, results);
        read = new QueryResult(42, columns, rows);
    }

    @Benchmark
    public ExecuteRequest readRequest() {
        return ExecuteRequest.fromJson(format, body.duplicate());
    }

    @Benchmark
    public int answerWrite() {
        return ended(answers.written(written));
    }

    @Benchmark
    public int answerObjects() {
        return ended(answers.read(read, Format.OBJECTS, Map.of()));
    }

    @Benchmark
    public int answerArrays() {
        return ended(answers.read(read, Format.ARRAYS, Map.of()));
    }

    private static int ended(Answer.Whole answer) {
        int bytes = answer.body().readableBytes();
        answer.discard();
        return bytes;
    }
}
