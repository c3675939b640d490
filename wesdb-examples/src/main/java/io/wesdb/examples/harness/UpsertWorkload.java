package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Outcome;
import io.wesdb.examples.NodeClient.Table;
import io.wesdb.examples.harness.CallLog.Entry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Upserts, defaults and triggers that ask for {@code random()}, {@code randomblob()}, {@code now}, {@code changes()} and
 * {@code last_insert_rowid()}. Every node computes the rows for itself, and everybody looks at them in the nodes' own files: the same row must
 * be the same on all of them. {@link UpsertChecker} decides.
 */
final class UpsertWorkload implements Workload {
    private static final int KEYS = 16;
    private static final int PAGE = 5_000;
    private static final int NEIGHBOURS = 8;

    static final String SCHEMA = """
            CREATE TABLE upsert(
                k INTEGER PRIMARY KEY,
                n INTEGER NOT NULL DEFAULT 1,
                r INTEGER NOT NULL DEFAULT (random()),
                b BLOB NOT NULL DEFAULT (randomblob(8)),
                at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')));
            CREATE TABLE draw(
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                k INTEGER NOT NULL,
                n INTEGER NOT NULL,
                place TEXT NOT NULL,
                changed INTEGER NOT NULL,
                last INTEGER NOT NULL,
                r INTEGER NOT NULL DEFAULT (random()),
                b TEXT NOT NULL DEFAULT (hex(randomblob(4))),
                at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')));
            CREATE TRIGGER upsert_inserted AFTER INSERT ON upsert BEGIN
                INSERT INTO draw(k, n, place, changed, last)
                VALUES (new.k, new.n, 'insert', changes(), last_insert_rowid());
            END;
            CREATE TRIGGER upsert_updated AFTER UPDATE ON upsert BEGIN
                INSERT INTO draw(k, n, place, changed, last)
                VALUES (new.k, new.n, 'update', changes(), last_insert_rowid());
            END;""";

    static final String UPSERT =
            "INSERT INTO upsert(k) VALUES (?) ON CONFLICT(k) DO UPDATE SET n = n + 1, r = random(),"
                    + " b = randomblob(8), at = strftime('%Y-%m-%d %H:%M:%f', 'now')";

    /** A row as one text. */
    static final String DRAW_ROW =
            "k || '|' || n || '|' || place || '|' || changed || '|' || last || '|' || r || '|' || b"
                    + " || '|' || at AS row";

    static final String DRAW = "INSERT INTO draw(k, n, place, changed, last)"
            + " SELECT k, n, 'command', changes(), last_insert_rowid() FROM upsert WHERE k = ? RETURNING id, "
            + DRAW_ROW;

    static final String UPSERT_ROW = "k || '|' || n || '|' || r || '|' || hex(b) || '|' || at AS row";

    private final Recording<Asked, Answer> recording = new Recording<>();

    /** So that a row that many look at is kept once. */
    private final Map<Row, Row> known = new ConcurrentHashMap<>();

    private volatile Drawn newest = new Drawn(0, 0);

    /** A row that is there from that index on. */
    private record Drawn(long id, long index) {}

    /** A row that never changes: of a table, with that key. An upserted one has its number of times in its key, a whole table the index. */
    record Row(String table, long key, String text) {
        @Override
        public String toString() {
            return table + " " + key + ": " + text;
        }
    }

    /** @param of the key that is upserted; the row that is looked for; else 0 */
    record Asked(String kind, long of) implements CallLog.Asked {
        @Override
        public boolean writes() {
            return kind.equals(UPSERTS);
        }

        @Override
        public String toString() {
            return kind + (of > 0 ? " " + of : "");
        }
    }

    static final String UPSERTS = "upsert";
    static final String LOOK = "look at row";
    static final String LOOK_AT_ALL = "look at all";

    /** What was seen at that index. */
    record Answer(long index, List<Row> rows) {
        @Override
        public String toString() {
            return rows.size() + " rows at index " + index + (rows.size() == 1 ? ": " + rows.get(0) : "");
        }
    }

    @Override
    public String name() {
        return "upserts";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        recording.meet(nodes);
        long index = nodes.get(0).execute(SCHEMA).index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM draw");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        Duration timeout = Recording.timeout(random);
        int drawn = random.nextInt(10);
        Drawn sought = newest;
        Entry<Asked, Answer> entry;
        if (drawn < 5) {
            int key = 1 + random.nextInt(KEYS);
            entry = recording.make(caller, node, new Asked(UPSERTS, key), Set.of(), () -> upsert(node, key, timeout));
        } else if (drawn < 7) {
            entry = recording.make(caller, node, new Asked(LOOK_AT_ALL, 0), Set.of(), () -> lookAtAll(node, timeout));
        } else {
            entry = recording.make(
                    caller, node, new Asked(LOOK, sought.id), Set.of(), () -> look(node, sought, timeout));
        }
        return entry.isDone();
    }

    private Row row(String table, long key, Object text) {
        Row row = new Row(table, key, text.toString());
        Row same = known.putIfAbsent(row, row);
        return same == null ? row : same;
    }

    private Answer upsert(NodeClient node, int key, Duration timeout) throws IOException, InterruptedException {
        Outcome outcome = node.executeCommand(
                timeout, Map.of("statements", List.of(Rows.statement(UPSERT, key), Rows.statement(DRAW, key))));
        Map<?, ?> given = Rows.only(outcome, 1);
        long id = Rows.number(given, "id");
        newest = new Drawn(id, outcome.index());
        return new Answer(outcome.index(), List.of(row("draw", id, String.valueOf(given.get("row")))));
    }

    /** At a row that was written a moment ago by another node, perhaps, and at those before it. */
    private Answer look(NodeClient node, Drawn sought, Duration timeout) throws IOException, InterruptedException {
        Table table = node.queryAt(
                timeout,
                sought.index,
                "SELECT id, " + DRAW_ROW + " FROM draw WHERE id > ? AND id <= ? ORDER BY id DESC",
                sought.id - NEIGHBOURS,
                sought.id);
        return new Answer(
                table.index(),
                table.rows().stream()
                        .map(row -> row("draw", Rows.number(row, 0), row.get(1)))
                        .toList());
    }

    private Answer lookAtAll(NodeClient node, Duration timeout) throws IOException, InterruptedException {
        Table table = node.queryWithin(timeout, "local", "SELECT k, n, " + UPSERT_ROW + " FROM upsert ORDER BY k");
        List<Row> rows = new ArrayList<>();
        StringBuilder all = new StringBuilder();
        for (List<?> each : table.rows()) {
            rows.add(row("upsert", UpsertChecker.version(Rows.number(each, 0), Rows.number(each, 1)), each.get(2)));
            all.append(each.get(2)).append('\n');
        }
        rows.add(row("all upserts at index", table.index(), Digest.of(all.toString())));
        return new Answer(table.index(), rows);
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        Map<String, List<Row>> ends = new LinkedHashMap<>();
        long head = Rows.head(nodes.get(0));
        for (NodeClient node : nodes) {
            List<Row> rows = new ArrayList<>();
            Rows.each(
                    node,
                    head,
                    PAGE,
                    "k",
                    "k, n, " + UPSERT_ROW,
                    "upsert",
                    row -> rows.add(row(
                            "upsert", UpsertChecker.version(Rows.number(row, 0), Rows.number(row, 1)), row.get(2))));
            Rows.each(
                    node,
                    head,
                    PAGE,
                    "id",
                    "id, " + DRAW_ROW,
                    "draw",
                    row -> rows.add(row("draw", Rows.number(row, 0), row.get(1))));
            ends.put(recording.name(node), rows);
        }
        Findings findings = new Findings();
        new UpsertChecker(recording.entries(), ends, findings).check();
        recording.judgeFailures(findings);
        return findings.judgement();
    }

    @Override
    public List<Call> calls() {
        return recording.calls();
    }
}
