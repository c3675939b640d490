package io.wesdb.internal.node;

import io.wesdb.WriteResult;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.SqlStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** One write: what it is, what its callers were told, and, at the end, what the log says that became of it. */
final class SimulatedWrite {
    /** One sending of it. */
    record Sending(String node, CompletableFuture<WriteResult> result) {}

    final String id;
    final HistoryPlan.Kind kind;
    final List<Sending> sendings = new ArrayList<>();
    Command command;
    String register = "";
    long expected;
    long value;
    int from;
    int to;
    long fromBalance;
    long toBalance;

    int executions;
    /** Of its first, or only, execution. */
    long index;

    long position;
    boolean done;
    long affected;

    SimulatedWrite(String id, HistoryPlan.Kind kind) {
        this.id = id;
        this.kind = kind;
    }

    /** Every command of a history has its write's id, which begins with a '#', in its first statement. */
    static String token(Command command) {
        if (!command.statements().isEmpty()) {
            for (Object value : command.statements().get(0).values()) {
                if (value instanceof String text && text.startsWith("#")) {
                    return text;
                }
            }
        }
        return "";
    }

    static SqlStatement sql(String sql, Object... values) {
        return new SqlStatement(sql, new ArrayList<>(List.of(values)));
    }

    static final List<SqlStatement> TABLES = List.of(
            sql("CREATE TABLE IF NOT EXISTS made AS SELECT ?1 AS by_whom", "#tables"),
            sql("CREATE TABLE IF NOT EXISTS w(n INTEGER PRIMARY KEY, id TEXT, r INTEGER DEFAULT (random()),"
                    + " at TEXT DEFAULT (datetime('now')), note BLOB)"),
            sql("CREATE TABLE IF NOT EXISTS audit(n INTEGER PRIMARY KEY, what TEXT, r BLOB)"),
            sql("CREATE TRIGGER IF NOT EXISTS audited AFTER INSERT ON w BEGIN"
                    + " INSERT INTO audit(what, r) VALUES (NEW.id || strftime('%f','now'), randomblob(6)); END"),
            sql("CREATE TABLE IF NOT EXISTS reg(k TEXT PRIMARY KEY, v INTEGER)"),
            sql("INSERT OR IGNORE INTO reg VALUES ('count', 0), ('x', 0), ('y', 0), ('z', 0)"),
            sql("CREATE TABLE IF NOT EXISTS acct(id INTEGER PRIMARY KEY, balance INTEGER CHECK (balance >= 0))"),
            sql("INSERT OR IGNORE INTO acct VALUES (0, 100), (1, 100), (2, 100), (3, 100)"));

    private static final String INSERT = "INSERT INTO w(id) VALUES (?)";

    /** The command of each kind but TRANSFER, which needs what was read. */
    void make(Random random, long number) {
        register = LogModel.REGISTERS.get(random.nextInt(LogModel.REGISTERS.size()));
        value = number;
        String set = "UPDATE reg SET v = ?1 WHERE k = ?2 AND ?3 <> ''";
        command = new Command(
                switch (kind) {
                    case INSERT -> List.of(sql(INSERT, id));
                    case INSERT_WITH_KEY -> List.of(sql("INSERT INTO w(id) VALUES (?) RETURNING r, at", id));
                    case LARGE -> List.of(sql("INSERT INTO w(id, note) VALUES (?1, ?2)", id, noise(random)));
                    case SET -> List.of(sql(set, value, register, id));
                    case COUNT -> List.of(sql("UPDATE reg SET v = v + 1 WHERE k = 'count' AND ?1 <> ''", id));
                    case COMPARE_AND_SET ->
                        List.of(sql(
                                "UPDATE reg SET v = ?1 WHERE k = ?2 AND v = ?3 AND ?4 <> ''",
                                value,
                                register,
                                expected,
                                id));
                    case SEVERAL ->
                        List.of(sql(INSERT, id), sql(INSERT, id + "'"), sql(set, value, register, "s" + id));
                    case REFUSED -> List.of(sql(INSERT, id), sql("INSERT INTO reg VALUES ('x', ?1)", value));
                    case ROLLED_BACK ->
                        List.of(sql(INSERT, id), sql("INSERT OR ROLLBACK INTO reg VALUES ('x', ?1)", value));
                    default ->
                        List.of(
                                sql(
                                        "CREATE TABLE IF NOT EXISTS d" + random.nextInt(4)
                                                + " AS SELECT ?1 AS x, random() AS r",
                                        id),
                                sql("CREATE INDEX IF NOT EXISTS w_at ON w(at, date(at))"));
                });
        if (kind == HistoryPlan.Kind.INSERT_WITH_KEY) {
            command = command.withKey(id);
        }
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[5_000 + random.nextInt(60_000)];
        random.nextBytes(noise);
        return noise;
    }
}
