package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.harness.CallLog.Entry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Numbers that are added to a set, whose table would hold them twice if they came twice. In the end each that was acknowledged must be there
 * once, and none that was refused. On the way others look for what was acknowledged a moment ago: a linearizable read must see it; until a
 * node's own file has it some time may pass, and how long is told.
 */
final class SetWorkload implements Workload {
    private static final int PAGE = 10_000;
    private static final int MOST_FRESH = 64;

    private final Recording<Asked, Answer> recording = new Recording<>();
    private final AtomicLong lastElement = new AtomicLong();
    private final Deque<Fresh> fresh = new ArrayDeque<>(); // guarded by itself

    /** What was acknowledged and is to be looked for. */
    private record Fresh(Entry<Asked, Answer> added) {}

    /** An element to be added or looked for. */
    record Asked(String kind, long element, @Nullable Entry<Asked, Answer> added) implements CallLog.Asked {
        @Override
        public boolean writes() {
            return added == null;
        }

        boolean isLinearizable() {
            return kind.equals(LOOK);
        }

        @Override
        public String toString() {
            return kind + " " + element;
        }
    }

    /** How often it is there. */
    record Answer(long times) {
        @Override
        public String toString() {
            return times == 1 ? "there" : times == 0 ? "not there" : "there " + times + " times";
        }
    }

    static final String ADD = "add";
    static final String LOOK = "look";
    static final String LOOK_LOCALLY = "look locally";

    @Override
    public String name() {
        return "set";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        recording.meet(nodes);
        NodeClient first = nodes.get(0);
        first.execute("CREATE TABLE element(n INTEGER PRIMARY KEY, value INTEGER NOT NULL)");
        long index =
                first.execute("CREATE INDEX element_value ON element(value)").index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM element");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        Duration timeout = Recording.timeout(random);
        Fresh looked = random.nextInt(10) < 4 ? take() : null;
        if (looked != null) {
            return look(caller, node, looked.added(), random.nextBoolean() ? LOOK : LOOK_LOCALLY, timeout);
        }
        Asked asked = new Asked(ADD, lastElement.incrementAndGet(), null);
        Entry<Asked, Answer> entry = recording.make(caller, node, asked, Set.of(), () -> {
            node.executeWithin(timeout, "INSERT INTO element(value) VALUES (?)", asked.element());
            return new Answer(1);
        });
        if (entry.isDone()) {
            give(new Fresh(entry));
        }
        return entry.isDone();
    }

    private boolean look(int caller, NodeClient node, Entry<Asked, Answer> added, String kind, Duration timeout)
            throws InterruptedException {
        Asked asked = new Asked(kind, added.asked.element(), added);
        Entry<Asked, Answer> entry = recording.make(
                caller,
                node,
                asked,
                Set.of(),
                () -> new Answer(Rows.number(
                        node.queryWithin(
                                        timeout,
                                        asked.isLinearizable() ? "linearizable" : "local",
                                        "SELECT count(*) FROM element WHERE value = ?",
                                        asked.element())
                                .rows()
                                .get(0),
                        0)));
        return entry.isDone();
    }

    private @Nullable Fresh take() {
        synchronized (fresh) {
            return fresh.pollLast(); // the newest, which tempts the most
        }
    }

    private void give(Fresh added) {
        synchronized (fresh) {
            fresh.addLast(added);
            if (fresh.size() > MOST_FRESH) {
                fresh.removeFirst();
            }
        }
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        Map<Long, Integer> found = new HashMap<>();
        Rows.each(
                nodes.get(0),
                Rows.head(nodes.get(0)),
                PAGE,
                "n",
                "value",
                "element",
                row -> found.merge(Rows.number(row, 0), 1, Integer::sum));
        Findings findings = new Findings();
        check(recording.entries(), found, findings);
        recording.judgeFailures(findings);
        return findings.judgement();
    }

    /** @param found how often each element is there in the end; those that are changes nothing for the caller */
    static void check(List<Entry<Asked, Answer>> entries, Map<Long, Integer> found, Findings findings) {
        Map<Long, Integer> left = new HashMap<>(found);
        long acknowledged = 0;
        long unknown = 0;
        long unknownThere = 0;
        for (Entry<Asked, Answer> entry : entries) {
            if (entry.asked.writes()) {
                Integer times = left.remove(entry.asked.element());
                checkAdded(entry, times == null ? 0 : times, findings);
                acknowledged += entry.isDone() ? 1 : 0;
                unknown += entry.ending() == Ending.UNKNOWN ? 1 : 0;
                unknownThere += entry.ending() == Ending.UNKNOWN && times != null ? 1 : 0;
            }
        }
        left.forEach((element, times) ->
                findings.found("elements", element + " is there in the end, and nobody has added it"));
        findings.claim(
                "elements",
                String.format(
                        "each of %,d acknowledged elements is there once, and none that was refused; of %,d whose outcome was unknown %,d are there",
                        acknowledged, unknown, unknownThere));
        checkLooks(entries, findings);
    }

    private static void checkAdded(Entry<Asked, Answer> entry, int times, Findings findings) {
        long element = entry.asked.element();
        if (times > 1) {
            findings.found("elements", element + " was added once and is there " + times + " times", entry);
        } else if (entry.isDone() && times == 0) {
            findings.found("elements", element + " was acknowledged and is lost", entry);
        } else if (entry.ending() == Ending.NOT_DONE && times > 0) {
            findings.found("elements", element + " was said not to be added, and is there", entry);
        }
    }

    private static void checkLooks(List<Entry<Asked, Answer>> entries, Findings findings) {
        long linearizable = 0;
        List<Entry<Asked, Answer>> late = new ArrayList<>();
        long local = 0;
        double longest = 0;
        for (Entry<Asked, Answer> entry : entries) {
            Entry<Asked, Answer> added = entry.asked.added();
            if (added == null || !entry.isDone()) {
                continue;
            }
            long times = entry.told().times();
            if (times > 1) {
                findings.found("looks", entry.asked.element() + " was seen " + times + " times", added, entry);
            }
            if (entry.asked.isLinearizable()) {
                linearizable++;
                if (times == 0) {
                    findings.found(
                            "looks",
                            String.format(
                                    "a stale read: a linearizable one that began %.3f ms after %d was acknowledged did not see it",
                                    (entry.beganNanos - added.endedNanos()) / 1e6, entry.asked.element()),
                            added,
                            entry);
                }
            } else {
                local++;
                if (times == 0) {
                    late.add(entry);
                    longest = Math.max(longest, (entry.endedNanos() - added.endedNanos()) / 1e6);
                }
            }
        }
        findings.claim(
                "looks",
                String.format(
                        "each of %,d linearizable reads saw what had been acknowledged before it began; of %,d local ones %,d did not yet, the latest %.1f ms after the acknowledgement",
                        linearizable, local, late.size(), longest));
    }

    @Override
    public List<Call> calls() {
        return recording.calls();
    }
}
