package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Outcome;
import io.wesdb.examples.NodeClient.Table;
import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.harness.Transaction.Action;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Transactions that append numbers to several lists and read several lists at once: as one command, as a command that holds only on top of
 * what was read before, or as a linearizable query. A list is a row; no number is appended twice. {@link AppendChecker} then decides whether
 * they are strictly serializable.
 */
final class AppendWorkload implements Workload {
    private static final int PLACES = 6;
    private static final int CALLS_A_LIST = 100;
    private static final int MOST_ACTIONS = 4;
    private static final int PAGE = 1_000;

    private final Recording<Transaction, Transaction.Answer> recording = new Recording<>();
    private final Map<Integer, Seen.Known> lists = new ConcurrentHashMap<>();
    private final AtomicInteger lastValue = new AtomicInteger();
    private final AtomicInteger calls = new AtomicInteger();

    @Override
    public String name() {
        return "append";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        recording.meet(nodes);
        long index = nodes.get(0)
                .execute("CREATE TABLE list(k INTEGER PRIMARY KEY, v TEXT NOT NULL)")
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM list");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        int generation = calls.getAndIncrement() / (PLACES * CALLS_A_LIST);
        int drawn = random.nextInt(10);
        Duration timeout = Recording.timeout(random);
        if (drawn < 3) {
            Transaction query = new Transaction("read", draw(generation, random, 0));
            return recording
                    .make(caller, node, query, Set.of(), () -> query(node, query, timeout))
                    .isDone();
        } else if (drawn < 7) {
            Transaction command = new Transaction("command", draw(generation, random, 0.6));
            return makeCommand(caller, node, command, () -> command(node, command, timeout));
        }
        return optimistic(caller, node, random, generation, timeout);
    }

    private boolean makeCommand(
            int caller, NodeClient node, Transaction asked, Recording.Sending<Transaction.Answer> sending)
            throws InterruptedException {
        // A command goes through the log even if it only reads: its outcome too may be unknown.
        Set<String> provoked =
                asked.writes() ? Set.of("PRECONDITION_FAILED") : Set.of("PRECONDITION_FAILED", "OUTCOME_UNKNOWN");
        return recording.make(caller, node, asked, provoked, sending).isDone();
    }

    /** Reads lists, and appends to as many of them as the share says: more than once to the same list at times. */
    private List<Action> draw(int generation, Random random, double appends) {
        List<Action> actions = new ArrayList<>();
        int count = 1 + random.nextInt(MOST_ACTIONS);
        for (int i = 0; i < count; i++) {
            int key = generation * PLACES + random.nextInt(PLACES);
            actions.add(
                    random.nextDouble() < appends ? Action.append(key, lastValue.incrementAndGet()) : Action.read(key));
        }
        return actions;
    }

    private Seen seen(int key, String text) {
        return lists.computeIfAbsent(key, each -> new Seen.Known()).view(Seen.parse(text));
    }

    private Transaction.Answer query(NodeClient node, Transaction asked, Duration timeout)
            throws IOException, InterruptedException {
        int[] keys = asked.actions().stream().mapToInt(Action::key).distinct().toArray();
        Table table = node.queryWithin(timeout, "linearizable", select(keys), boxed(keys));
        Map<Integer, Seen> views = views(keys, table);
        return new Transaction.Answer(
                asked.actions().stream().map(action -> views.get(action.key())).toList());
    }

    private static String select(int[] keys) {
        return "SELECT k, v FROM list WHERE k IN (?" + ", ?".repeat(keys.length - 1) + ") ORDER BY k";
    }

    private static Object[] boxed(int[] keys) {
        return Arrays.stream(keys).boxed().toArray();
    }

    private Map<Integer, Seen> views(int[] keys, Table table) {
        Map<Integer, Seen> views = new HashMap<>();
        for (int key : keys) {
            views.put(key, seen(key, ""));
        }
        for (List<?> row : table.rows()) {
            int key = (int) Rows.number(row, 0);
            views.put(key, seen(key, String.valueOf(row.get(1))));
        }
        return views;
    }

    private Transaction.Answer command(NodeClient node, Transaction asked, Duration timeout)
            throws IOException, InterruptedException {
        List<Map<String, ?>> statements = new ArrayList<>();
        for (Action action : asked.actions()) {
            statements.add(
                    action.appends()
                            ? Rows.statement(
                                    "INSERT INTO list(k, v) VALUES (?, ?) ON CONFLICT(k) DO UPDATE"
                                            + " SET v = v || ',' || excluded.v RETURNING v",
                                    action.key(),
                                    String.valueOf(action.value()))
                            : Rows.statement("SELECT v FROM list WHERE k = ?", action.key()));
        }
        Outcome outcome = node.executeCommand(timeout, Map.of("statements", statements));
        List<Seen> views = new ArrayList<>();
        for (int i = 0; i < statements.size(); i++) {
            List<Map<?, ?>> rows = Rows.given(outcome, i);
            String text = rows.isEmpty() ? "" : String.valueOf(rows.get(0).get("v"));
            views.add(seen(asked.actions().get(i).key(), text));
        }
        return new Transaction.Answer(views);
    }

    /**
     * Reads from the node's own file, which may be of the past, and writes whole lists computed from that: only the precondition keeps them
     * from undoing what others appended.
     */
    private boolean optimistic(int caller, NodeClient node, Random random, int generation, Duration timeout)
            throws InterruptedException {
        int[] keys = draw(generation, random, 0).stream()
                .mapToInt(Action::key)
                .distinct()
                .toArray();
        Table read;
        try {
            read = node.queryWithin(timeout, "local", select(keys), boxed(keys));
        } catch (IOException | UncheckedIOException e) {
            recording.failedBeside(e, "local read of lists");
            return false;
        }
        Map<Integer, Seen> views = views(keys, read);
        List<Action> actions = new ArrayList<>();
        for (int key : keys) {
            actions.add(Action.read(key));
        }
        for (int key : keys) {
            if (actions.size() == keys.length || random.nextBoolean()) {
                actions.add(Action.append(key, lastValue.incrementAndGet()));
            }
        }
        boolean byIndex = random.nextInt(4) == 0;
        Transaction asked = new Transaction(byIndex ? "on that index" : "on those rows", actions);
        Map<String, Object> command = new LinkedHashMap<>();
        command.put("statements", writes(actions, views));
        if (byIndex) {
            command.put("expectIndex", read.index());
        } else {
            command.put(
                    "precondition",
                    Map.of("sql", select(keys), "params", Arrays.asList(boxed(keys)), "expect", read.rows()));
        }
        return makeCommand(caller, node, asked, () -> {
            node.executeCommand(timeout, command);
            return new Transaction.Answer(actions.stream()
                    .map(action -> action.appends() ? null : views.get(action.key()))
                    .toList());
        });
    }

    private static Seen seenIn(Map<Integer, Seen> views, int key) {
        return views.getOrDefault(key, Seen.of());
    }

    private static List<Map<String, ?>> writes(List<Action> actions, Map<Integer, Seen> views) {
        List<Map<String, ?>> statements = new ArrayList<>();
        for (Action action : actions) {
            if (action.appends()) {
                StringBuilder text = new StringBuilder();
                for (int value : seenIn(views, action.key()).values()) {
                    text.append(value).append(',');
                }
                statements.add(Rows.statement(
                        "INSERT INTO list(k, v) VALUES (?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v",
                        action.key(),
                        text.append(action.value()).toString()));
            }
        }
        return statements;
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        Map<Integer, Seen> last = new HashMap<>();
        for (List<?> row : Rows.all(nodes.get(0), PAGE, "k", "k, v", "list")) {
            int key = (int) Rows.number(row, 0);
            last.put(key, seen(key, String.valueOf(row.get(1))));
        }
        Findings findings = new Findings();
        List<Entry<Transaction, Transaction.Answer>> entries = recording.entries();
        new AppendChecker(entries, last, findings).check();
        recording.judgeFailures(findings);
        return findings.judgement();
    }

    @Override
    public List<Call> calls() {
        return recording.calls();
    }
}
