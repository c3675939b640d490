package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Table;
import io.wesdb.examples.Transfer;
import io.wesdb.examples.Transfer.Guard;
import io.wesdb.examples.harness.CallLog.Entry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Money that goes from one account to another under preconditions. No linearizable read may see another total, or fewer transfers than had
 * been acknowledged; in the end the accounts must hold what the transfers in the ledger come to, and the ledger what callers were told.
 */
final class BankWorkload implements Workload {
    private static final int ACCOUNTS = 24;
    static final long FIRST_BALANCE = 1_000;
    private static final int MOST_AMOUNT = 300;
    private static final int CLOSED_ACCOUNTS_ONE_IN = 12;
    private static final int PAGE = 10_000;

    private final Recording<Asked, Answer> recording = new Recording<>();
    private final AtomicLong lastNumber = new AtomicLong();

    /** A transfer, or, with none, a look at the total. */
    record Asked(@Nullable Transfer transfer) implements CallLog.Asked {
        @Override
        public String kind() {
            return transfer == null ? "read" : "transfer";
        }

        @Override
        public boolean writes() {
            return transfer != null;
        }

        @Override
        public String toString() {
            return transfer == null
                    ? "read total"
                    : String.format(
                            "transfer %s: %d from %d to %d, if %s",
                            transfer.id(),
                            transfer.amount(),
                            transfer.from(),
                            transfer.to(),
                            switch (transfer.guard()) {
                                case BALANCES -> "they hold " + transfer.fromBefore() + " and " + transfer.toBefore();
                                case INDEX -> "nothing came after " + transfer.readAt();
                                case OPEN -> "it is open";
                            });
        }
    }

    /** What a read saw; of a transfer nothing. */
    record Answer(long total, long transfers) {
        @Override
        public String toString() {
            return total < 0 ? "done" : "total " + total + ", " + transfers + " transfers";
        }
    }

    private static final Answer DONE = new Answer(-1, -1);

    /** What the database has in the end. */
    record End(List<Line> ledger, Map<Integer, Long> balances) {}

    /** A line of the ledger. */
    record Line(String id, int from, int to, long amount) {}

    @Override
    public String name() {
        return "bank";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        recording.meet(nodes);
        NodeClient first = nodes.get(0);
        first.execute(Transfer.SCHEMA);
        long index = first.execute(
                        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
                                + " INSERT INTO account SELECT i, ?, i % ? > 0 FROM n",
                        ACCOUNTS - 1, FIRST_BALANCE, CLOSED_ACCOUNTS_ONE_IN)
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM account");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        Duration timeout = Recording.timeout(random);
        if (random.nextInt(4) == 0) {
            return recording
                    .make(caller, node, new Asked(null), Set.of(), () -> {
                        List<?> row = node.queryWithin(
                                        timeout,
                                        "linearizable",
                                        "SELECT (SELECT sum(balance) FROM account),"
                                                + " (SELECT coalesce(max(rowid), 0) FROM transfers)")
                                .rows()
                                .get(0);
                        return new Answer(Rows.number(row, 0), Rows.number(row, 1));
                    })
                    .isDone();
        }
        Transfer transfer = plan(caller, node, random, timeout);
        return transfer != null
                && recording
                        .make(caller, node, new Asked(transfer), Set.of("PRECONDITION_FAILED", "CONSTRAINT"), () -> {
                            node.executeCommand(timeout, transfer.command());
                            return DONE;
                        })
                        .isDone();
    }

    /** From what the node's own file says, which may be of the past; null if it says nothing. */
    private @Nullable Transfer plan(int caller, NodeClient node, Random random, Duration timeout)
            throws InterruptedException {
        int from = random.nextInt(ACCOUNTS);
        int to = (from + 1 + random.nextInt(ACCOUNTS - 1)) % ACCOUNTS;
        try {
            Table read = node.queryWithin(
                    timeout, "local", Transfer.BALANCES_OF_TWO, Math.min(from, to), Math.max(from, to));
            long lower = Rows.number(read.rows().get(0), 0);
            long higher = Rows.number(read.rows().get(1), 0);
            // Where nothing else may be written meanwhile it hardly ever is done, so that is tried less.
            Guard guard = random.nextInt(8) == 0 ? Guard.INDEX : random.nextBoolean() ? Guard.BALANCES : Guard.OPEN;
            return new Transfer(
                    "t" + lastNumber.incrementAndGet() + "c" + caller,
                    guard,
                    from,
                    to,
                    1 + random.nextInt(MOST_AMOUNT),
                    from < to ? lower : higher,
                    from < to ? higher : lower,
                    read.index());
        } catch (IOException | UncheckedIOException e) {
            recording.failedBeside(e, "local read of two accounts");
            return null;
        }
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        List<Line> ledger = new ArrayList<>();
        NodeClient node = nodes.get(0);
        Rows.each(
                node,
                Rows.head(node),
                PAGE,
                "rowid",
                "id, source, target, amount",
                "transfers",
                row -> ledger.add(new Line(
                        String.valueOf(row.get(0)),
                        (int) Rows.number(row, 1),
                        (int) Rows.number(row, 2),
                        Rows.number(row, 3))));
        Map<Integer, Long> balances = new HashMap<>();
        for (List<?> row : Rows.all(node, PAGE, "id", "id, balance", "account")) {
            balances.put((int) Rows.number(row, 0), Rows.number(row, 1));
        }
        Findings findings = new Findings();
        check(recording.entries(), new End(ledger, balances), findings);
        recording.judgeFailures(findings);
        return findings.judgement();
    }

    static void check(List<Entry<Asked, Answer>> entries, End end, Findings findings) {
        checkBalances(end, findings);
        checkLedger(entries, end, findings);
        checkReads(entries, end.balances().size() * FIRST_BALANCE, findings);
    }

    private static void checkBalances(End end, Findings findings) {
        Map<Integer, Long> expected = new HashMap<>();
        end.balances().keySet().forEach(account -> expected.put(account, FIRST_BALANCE));
        for (Line line : end.ledger()) {
            expected.merge(line.from, -line.amount, Long::sum);
            expected.merge(line.to, line.amount, Long::sum);
        }
        findings.claim(
                "balances",
                String.format(
                        "each of %,d accounts holds what %,d transfers in the ledger come to, and in all they hold what they began with",
                        expected.size(), end.ledger().size()));
        expected.forEach((account, balance) -> {
            if (!balance.equals(end.balances().get(account))) {
                findings.found(
                        "balances",
                        "account " + account + " holds " + end.balances().get(account)
                                + ", and by the ledger it should hold " + balance);
            }
        });
    }

    private static void checkLedger(List<Entry<Asked, Answer>> entries, End end, Findings findings) {
        Map<String, Integer> times = new HashMap<>();
        end.ledger().forEach(line -> times.merge(line.id, 1, Integer::sum));
        Map<String, Line> lines = new HashMap<>();
        end.ledger().forEach(line -> lines.put(line.id, line));
        int done = 0;
        for (Entry<Asked, Answer> entry : entries) {
            Transfer transfer = entry.asked.transfer();
            if (transfer == null) {
                continue;
            }
            int there = times.getOrDefault(transfer.id(), 0);
            Line line = lines.remove(transfer.id());
            done += entry.isDone() ? 1 : 0;
            if (there > 1) {
                findings.found("ledger", "transfer " + transfer.id() + " was done " + there + " times", entry);
            } else if (entry.isDone() && there == 0) {
                findings.found("ledger", "transfer " + transfer.id() + " was acknowledged and is lost", entry);
            } else if (entry.ending() == Ending.NOT_DONE && there > 0) {
                findings.found("ledger", "transfer " + transfer.id() + " was said not to be done, and it was", entry);
            } else if (line != null
                    && !line.equals(new Line(transfer.id(), transfer.from(), transfer.to(), transfer.amount()))) {
                findings.found("ledger", "it stands in the ledger as " + line, entry);
            }
        }
        lines.values().forEach(line -> findings.found("ledger", "nobody asked for this transfer: " + line));
        findings.claim(
                "ledger",
                String.format(
                        "each of %,d acknowledged transfers stands in the ledger once, and none that was refused",
                        done));
    }

    private static void checkReads(List<Entry<Asked, Answer>> entries, long total, Findings findings) {
        long[] acknowledged = entries.stream()
                .filter(entry -> entry.asked.writes() && entry.isDone())
                .mapToLong(Entry::endedNanos)
                .sorted()
                .toArray();
        int reads = 0;
        for (Entry<Asked, Answer> entry : entries) {
            if (entry.asked.writes() || !entry.isDone()) {
                continue;
            }
            reads++;
            int before = Arrays.binarySearch(acknowledged, entry.beganNanos);
            before = before < 0 ? -before - 1 : before;
            if (entry.told().total() != total) {
                findings.found("totals", "a read saw another total than " + total, entry);
            } else if (entry.told().transfers() < before) {
                findings.found(
                        "totals",
                        "a stale read: when it began, " + before + " transfers had been acknowledged, and it saw "
                                + entry.told().transfers(),
                        entry);
            }
        }
        findings.claim(
                "totals",
                String.format(
                        "each of %,d linearizable reads saw a total of %,d, and all transfers that had been acknowledged before it began",
                        reads, total));
    }

    @Override
    public List<Call> calls() {
        return recording.calls();
    }
}
