package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.harness.CallLog.Entry;
import io.wesdb.examples.history.LinearizabilityChecker;
import io.wesdb.examples.history.Operation;
import io.wesdb.examples.history.Register;
import io.wesdb.examples.history.Register.Answer;
import io.wesdb.examples.history.Register.CompareAndSet;
import io.wesdb.examples.history.Register.Done;
import io.wesdb.examples.history.Register.Read;
import io.wesdb.examples.history.Register.Swapped;
import io.wesdb.examples.history.Register.Value;
import io.wesdb.examples.history.Register.Write;
import io.wesdb.examples.history.Verdict;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Rows as registers that are read, written, and compared and set; no value is written twice. There must be one order of all operations on a
 * register that explains every answer. After some hundred calls a register is left to itself and another takes its place: so the search for
 * that order stays short however long the run is.
 */
final class RegisterWorkload implements Workload {
    private static final int PLACES = 12;
    private static final int CALLS_A_REGISTER = 400;
    private static final int PAGE = 5_000;
    private static final Duration JUDGING = Duration.ofSeconds(30);
    private static final int MOST_CONFIGURATIONS = 1_000_000;

    private final Recording<Asked, Answer> recording = new Recording<>();
    private final AtomicLong lastValue = new AtomicLong();
    private final AtomicInteger calls = new AtomicInteger();
    private final AtomicLongArray lastSeen = new AtomicLongArray(PLACES);

    /** A call on a register, as the model has it. */
    record Asked(Register.Call call) implements CallLog.Asked {
        @Override
        public String kind() {
            return call instanceof Read ? "read" : call instanceof Write ? "write" : "compare and set";
        }

        @Override
        public boolean writes() {
            return !(call instanceof Read);
        }

        @Override
        public String toString() {
            return "register " + call.key() + ": " + call;
        }
    }

    @Override
    public String name() {
        return "register";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        recording.meet(nodes);
        long index = nodes.get(0)
                .execute("CREATE TABLE register(k INTEGER PRIMARY KEY, v INTEGER NOT NULL)")
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM register");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        int place = random.nextInt(PLACES);
        int key = place + PLACES * (calls.getAndIncrement() / (PLACES * CALLS_A_REGISTER));
        int drawn = random.nextInt(10);
        // Of the register that was in that place before, it may expect what this one cannot hold: then it does not
        // swap.
        Register.Call call = drawn < 5
                ? new Read(key)
                : drawn < 8
                        ? new Write(key, lastValue.incrementAndGet())
                        : new CompareAndSet(key, lastSeen.get(place), lastValue.incrementAndGet());
        Duration timeout = Recording.timeout(random);
        Entry<Asked, Answer> entry =
                recording.make(caller, node, new Asked(call), Set.of(), () -> send(node, call, timeout));
        if (entry.isDone()) {
            remember(place, call, entry.told());
        }
        return entry.isDone();
    }

    private static Answer send(NodeClient node, Register.Call call, Duration timeout)
            throws IOException, InterruptedException {
        if (call instanceof Write write) {
            node.executeWithin(
                    timeout,
                    "INSERT INTO register(k, v) VALUES (?, ?) ON CONFLICT(k) DO UPDATE SET v = excluded.v",
                    write.key(),
                    write.value());
            return Done.DONE;
        }
        if (call instanceof CompareAndSet swap) {
            NodeClient.Written written = swap.expected() == Register.NOTHING
                    ? node.executeWithin(
                            timeout,
                            "INSERT INTO register(k, v) VALUES (?, ?) ON CONFLICT(k) DO NOTHING",
                            swap.key(),
                            swap.value())
                    : node.executeWithin(
                            timeout,
                            "UPDATE register SET v = ? WHERE k = ? AND v = ?",
                            swap.value(),
                            swap.key(),
                            swap.expected());
            return new Swapped(written.rowsAffected() == 1);
        }
        List<? extends List<?>> rows = node.queryWithin(
                        timeout, "linearizable", "SELECT v FROM register WHERE k = ?", call.key())
                .rows();
        return new Value(rows.isEmpty() ? Register.NOTHING : Rows.number(rows.get(0), 0));
    }

    /** So that about every other comparison succeeds. */
    private void remember(int place, Register.Call call, Answer answer) {
        if (answer instanceof Value value) {
            lastSeen.set(place, value.value());
        } else if (call instanceof Write write) {
            lastSeen.set(place, write.value());
        } else if (call instanceof CompareAndSet swap && answer.equals(new Swapped(true))) {
            lastSeen.set(place, swap.value());
        }
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        Findings findings = new Findings();
        long began = System.nanoTime();
        Map<Integer, Long> last = new TreeMap<>();
        for (List<?> row : Rows.all(nodes.get(0), PAGE, "k", "k, v", "register")) {
            last.put((int) Rows.number(row, 0), Rows.number(row, 1));
        }
        check(recording.entries(), last, began, System.nanoTime(), findings);
        recording.judgeFailures(findings);
        return findings.judgement();
    }

    /** @param last what each register was seen to hold in the end, between those two times; none is left out that holds anything */
    static void check(
            List<Entry<Asked, Answer>> entries,
            Map<Integer, Long> last,
            long lastBegan,
            long lastEnded,
            Findings findings) {
        Map<Operation<?, ?>, Entry<Asked, Answer>> origins = new IdentityHashMap<>();
        List<Operation<Register.Call, Answer>> history = new ArrayList<>();
        Map<Integer, Boolean> keys = new TreeMap<>();
        for (Entry<Asked, Answer> entry : entries) {
            keys.put(entry.asked.call().key(), true);
            if (entry.ending() != Ending.NOT_DONE) {
                Operation<Register.Call, Answer> operation = entry.isDone()
                        ? Operation.returned(
                                entry.caller, entry.asked.call(), entry.beganNanos, entry.endedNanos(), entry.told())
                        : Operation.unknown(entry.caller, entry.asked.call(), entry.beganNanos);
                origins.put(operation, entry);
                history.add(operation);
            }
        }
        for (int key : keys.keySet()) {
            Value value = new Value(last.getOrDefault(key, Register.NOTHING));
            history.add(Operation.returned(-1, new Read(key), lastBegan, lastEnded, value));
        }
        Verdict<Long, Register.Call, Answer> verdict =
                new LinearizabilityChecker<>(new Register(), MOST_CONFIGURATIONS, JUDGING).check(history);
        findings.claim(
                "linearizability",
                String.format(
                        "one order of all operations explains every answer, and what is there in the end: %,d operations on %,d registers",
                        verdict.operations(), keys.size()));
        for (Verdict.Unexplained<Long, Register.Call, Answer> unexplained : verdict.unexplained()) {
            explain(unexplained, origins, findings);
        }
        if (!verdict.undecided().isEmpty()) {
            findings.found("linearizability", "too hard to decide within the bounds: registers " + verdict.undecided());
        }
    }

    private static void explain(
            Verdict.Unexplained<Long, Register.Call, Answer> unexplained,
            Map<Operation<?, ?>, Entry<Asked, Answer>> origins,
            Findings findings) {
        Operation<Register.Call, Answer> broken = unexplained.operation();
        Entry<Asked, Answer> origin = origins.get(broken);
        String operation = origin == null
                ? "the last read of all, which saw " + broken.output()
                : "caller " + origin.caller + " via " + origin.node + ": " + broken.input() + " -> " + broken.output();
        List<Entry<Asked, Answer>> nearby = new ArrayList<>();
        for (Operation<Register.Call, Answer> near : unexplained.nearby()) {
            Entry<Asked, Answer> entry = origins.get(near);
            if (entry != null) {
                nearby.add(entry);
            }
        }
        findings.found(
                "linearizability",
                "in register " + unexplained.part() + " nothing explains what this operation was told: " + operation
                        + "; it could only have met " + unexplained.possible() + ". Around it:",
                nearby);
    }

    @Override
    public List<Call> calls() {
        return recording.calls();
    }
}
