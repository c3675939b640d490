package io.wesdb.examples.bench;

import io.wesdb.NodeStatus;
import io.wesdb.ReadOptions;
import io.wesdb.Session;
import io.wesdb.Statement;
import io.wesdb.WesDb;
import io.wesdb.WriteOptions;
import io.wesdb.WriteResult;
import io.wesdb.examples.bench.ThreadLoad.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** What a node's worker does with its node. */
final class NodeJobs {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final WesDb db;
    private final RowIds ids;

    NodeJobs(WesDb db, RowIds ids) {
        this.db = db;
        this.ids = ids;
    }

    Map<String, Worker.Job> all() {
        return Map.of(
                "updates", this::updates,
                "status", details -> status(),
                "execute", this::execute,
                "writes", this::writes,
                "mixed", this::mixed,
                "reads", this::reads,
                "rows", details -> rows(),
                "verify", details -> Map.of("sound", db.verify().sound()));
    }

    private Map<String, ?> status() {
        NodeStatus status = db.status();
        NodeStatus.Leader leader = status.leader();
        Map<String, Object> map = new HashMap<>();
        map.put("node", status.node());
        map.put("leader", leader == null ? "" : leader.node());
        map.put("head", status.head());
        map.put("applied", status.applied());
        map.put("http", String.valueOf(status.httpAddress()));
        return map;
    }

    private Map<String, ?> execute(Fields details) {
        WriteResult done = db.execute(
                List.of(Statement.of(details.text("sql"))),
                WriteOptions.defaults().withTimeout(PATIENCE));
        return Map.of("index", done.index());
    }

    /** At least as many as there were when it was asked. */
    private Map<String, ?> rows() {
        ReadOptions options = ReadOptions.linearizable().withTimeout(PATIENCE);
        return Map.of(
                "rows", db.query(options, "SELECT count(*) FROM t").single().getLong(0));
    }

    private Map<String, ?> writes(Fields details) throws Exception {
        int callers = details.number("callers", 1);
        int rows = details.number("rows", 1);
        int bytes = details.number("bytes", 0);
        long millis = details.number("millis");
        if (details.has("blocking")) {
            return ThreadLoad.run(callers, millis, number -> {
                        WriteOptions options = WriteOptions.defaults().withTimeout(PATIENCE);
                        return () -> {
                            db.execute(inserts(rows, bytes), options);
                            return 1;
                        };
                    })
                    .toMap();
        }
        WriteOptions[] options = options(callers);
        return AsyncLoad.run(
                        callers,
                        millis,
                        details.real("rate"),
                        caller -> db.executeAsync(inserts(rows, bytes), options[caller]))
                .toMap();
    }

    /** Of one row each, anywhere in what {@link Filling} has made. */
    private Map<String, ?> updates(Fields details) throws InterruptedException {
        int callers = details.number("callers", 1);
        int keys = details.number("keys", 1);
        WriteOptions[] options = options(callers);
        return AsyncLoad.run(
                        callers,
                        details.number("millis"),
                        0,
                        caller -> db.executeAsync(
                                List.of(Statement.of(
                                        Filling.UPDATE,
                                        1 + ThreadLocalRandom.current().nextInt(keys))),
                                options[caller]))
                .toMap();
    }

    private List<Statement> inserts(int rows, int bytes) {
        if (rows == 1) {
            return List.of(insert(bytes));
        }
        List<Statement> inserts = new ArrayList<>(rows);
        for (int i = 0; i < rows; i++) {
            inserts.add(insert(bytes));
        }
        return inserts;
    }

    /** @param bytes of a blob; 0 for a short text */
    private Statement insert(int bytes) {
        long id = ids.next();
        return Statement.of(RowIds.INSERT, id, bytes == 0 ? RowIds.text(id) : RowIds.blob(id, bytes));
    }

    private static WriteOptions[] options(int callers) {
        WriteOptions[] options = new WriteOptions[callers];
        for (int i = 0; i < callers; i++) {
            options[i] = WriteOptions.defaults().withTimeout(PATIENCE).withCaller("caller-" + i);
        }
        return options;
    }

    /** So many calls in a hundred are writes, the others local reads. */
    private Map<String, ?> mixed(Fields details) throws InterruptedException {
        int callers = details.number("callers", 1);
        int writes = details.number("writes", 5);
        int keys = details.number("keys", 1);
        WriteOptions[] options = options(callers);
        int[] turns = new int[callers];
        LongAdder written = new LongAdder();
        Measured measured = AsyncLoad.run(callers, details.number("millis"), details.real("rate"), caller -> {
            // Spread over the turns, and over the callers, without a pattern that all share.
            int turn = turns[caller]++;
            boolean writing = (turn * 37 + caller * 13) % 100 < writes;
            CompletionStage<?> call = writing
                    ? db.executeAsync(inserts(1, 0), options[caller]).thenRun(written::increment)
                    : db.queryAsync(
                            PlainJobs.READ, 1 + ThreadLocalRandom.current().nextInt(keys));
            return call;
        });
        Map<String, Object> answer = measured.toMap();
        answer.put("written", written.sum());
        return answer;
    }

    private Map<String, ?> reads(Fields details) throws Exception {
        String level = details.text("level");
        int keys = details.number("keys", 1);
        Session session = db.session();
        session.execute("CREATE TABLE IF NOT EXISTS seen(x)");
        return ThreadLoad.run(details.number("callers", 1), details.number("millis"), number -> {
                    ThreadLocalRandom random = ThreadLocalRandom.current();
                    return switch (level) {
                        case "local" ->
                            reader(() -> db.query(PlainJobs.READ, 1 + random.nextInt(keys))
                                    .single()
                                    .getString(1));
                        case "session" ->
                            reader(() -> session.query(
                                            ReadOptions.local(), Statement.of(PlainJobs.READ, 1 + random.nextInt(keys)))
                                    .single()
                                    .getString(1));
                        case "linearizable" ->
                            reader(() -> db.query(ReadOptions.linearizable(), PlainJobs.READ, 1 + random.nextInt(keys))
                                    .single()
                                    .getString(1));
                        default -> throw new IllegalArgumentException("no level of reads: " + level);
                    };
                })
                .toMap();
    }

    private interface Read {
        @Nullable Object value();
    }

    private static Caller reader(Read read) {
        return () -> {
            if (!RowIds.FIXED_TEXT.equals(read.value())) {
                throw new IllegalStateException("a read gave another value than was written");
            }
            return 1;
        };
    }
}
