package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Outcome;
import io.wesdb.examples.harness.CallLog.Entry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Rows that get their ids from the database (AUTOINCREMENT), and tell them by RETURNING. Some are asked for under an idempotency key: as
 * long as it is not known what became of one, and sometimes although it is, it is asked for again, through any node, and must be there
 * once and be told by one answer. {@link IdsChecker} decides.
 */
final class IdsWorkload implements Workload {
    private static final int PAGE = 10_000;
    private static final int REST_MILLIS = 100;
    private static final Duration SETTLING = Duration.ofSeconds(60);

    private final Recording<Asked, Answer> recording = new Recording<>();
    private final AtomicLong lastToken = new AtomicLong();
    private final Deque<Asked> unsettled = new ArrayDeque<>(); // guarded by itself

    /**
     * A row to be inserted.
     *
     * @param token that nobody else asks for
     * @param sending how often it was asked for before
     */
    record Asked(long token, boolean keyed, int sending) implements CallLog.Asked {
        @Override
        public String kind() {
            return !keyed ? "insert" : sending == 0 ? "keyed insert" : "repeated insert";
        }

        @Override
        public boolean writes() {
            return true;
        }

        Asked again() {
            return new Asked(token, keyed, sending + 1);
        }

        @Override
        public String toString() {
            return kind() + " " + token;
        }
    }

    /** The row that was given, and where. */
    record Answer(long id, long mark, long index, boolean replayed) {
        boolean tellsTheSameAs(Answer other) {
            return id == other.id && mark == other.mark && index == other.index;
        }

        @Override
        public String toString() {
            return "id " + id + ", mark " + mark + " at index " + index + (replayed ? ", replayed" : "");
        }
    }

    @Override
    public String name() {
        return "ids";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        recording.meet(nodes);
        long index = nodes.get(0)
                .execute("CREATE TABLE given(id INTEGER PRIMARY KEY AUTOINCREMENT, token INTEGER NOT NULL,"
                        + " mark INTEGER NOT NULL DEFAULT (random()))")
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM given");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        Asked asked = take();
        if (asked == null) {
            asked = new Asked(lastToken.incrementAndGet(), random.nextInt(3) > 0, 0);
        }
        Entry<Asked, Answer> entry = send(caller, node, asked, Recording.timeout(random));
        // One that was asked for before is not settled by being told that nothing was done this time.
        boolean unsettledYet = entry.ending() == Ending.UNKNOWN || (!entry.isDone() && asked.sending() > 0);
        if (asked.keyed() && (unsettledYet || random.nextInt(10) == 0)) {
            put(asked.again());
        }
        return entry.isDone();
    }

    private Entry<Asked, Answer> send(int caller, NodeClient node, Asked asked, Duration timeout)
            throws InterruptedException {
        Map<String, ?> command =
                Rows.statement("INSERT INTO given(token) VALUES (?) RETURNING id, mark", asked.token());
        return recording.make(caller, node, asked, Set.of(), () -> {
            Outcome outcome = asked.keyed()
                    ? node.executeOnce(timeout, "ids-" + asked.token(), command)
                    : node.executeCommand(timeout, command);
            Map<?, ?> row = Rows.only(outcome, 0);
            return new Answer(Rows.number(row, "id"), Rows.number(row, "mark"), outcome.index(), outcome.replayed());
        });
    }

    private @Nullable Asked take() {
        synchronized (unsettled) {
            return unsettled.pollFirst();
        }
    }

    private void put(Asked asked) {
        synchronized (unsettled) {
            unsettled.addLast(asked);
        }
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        Findings findings = new Findings();
        settle(nodes, findings);
        List<IdsChecker.Row> rows = new ArrayList<>();
        NodeClient node = nodes.get(0);
        Rows.each(
                node,
                Rows.head(node),
                PAGE,
                "id",
                "id, token, mark",
                "given",
                row -> rows.add(new IdsChecker.Row(Rows.number(row, 0), Rows.number(row, 1), Rows.number(row, 2))));
        IdsChecker.check(recording.entries(), rows, findings);
        recording.judgeFailures(findings);
        return findings.judgement();
    }

    /** Until it is known of each that has a key what became of it. */
    private void settle(List<NodeClient> nodes, Findings findings) throws InterruptedException {
        long deadline = System.nanoTime() + SETTLING.toNanos();
        int number = 0;
        for (Asked asked = take(); asked != null; asked = take()) {
            Entry<Asked, Answer> entry = send(0, nodes.get(number++ % nodes.size()), asked, Duration.ofSeconds(5));
            if (entry.isDone()) {
                continue;
            }
            if (System.nanoTime() - deadline > 0) {
                findings.found("keys", "could not be settled although nothing was wrong any more", entry);
            } else {
                put(asked.again());
                TimeUnit.MILLISECONDS.sleep(REST_MILLIS);
            }
        }
    }

    @Override
    public List<Call> calls() {
        return recording.calls();
    }
}
