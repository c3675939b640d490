package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Each caller inserts numbers of its own, one after the other, under keys: each number must be there once if it was acknowledged, and at most once otherwise. */
final class KeyedInserts implements Workload {
    private static final Set<String> NOT_DONE = Set.of("OVERLOADED", "NO_LEADER", "NOT_READY");
    private static final Duration READ = Duration.ofSeconds(20);

    private final AtomicLong last = new AtomicLong();
    private final ConcurrentLinkedQueue<Call> calls = new ConcurrentLinkedQueue<>();
    private final Map<Long, Ending> endings = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return "keyed-inserts";
    }

    @Override
    public void prepare(List<NodeClient> nodes) throws IOException, InterruptedException {
        long index = nodes.get(0)
                .execute("CREATE TABLE inserts(n INTEGER, at TEXT DEFAULT CURRENT_TIMESTAMP, r DEFAULT (random()))")
                .index();
        for (NodeClient node : nodes) {
            node.query(index, "SELECT count(*) FROM inserts");
        }
    }

    @Override
    public boolean call(int caller, NodeClient node, Random random) throws InterruptedException {
        long number = last.incrementAndGet();
        long began = System.nanoTime();
        Ending ending;
        try {
            node.executeOnce(
                    Duration.ofMillis(1_000 + random.nextInt(6_000)),
                    "insert-" + number,
                    Map.of("sql", "INSERT INTO inserts(n) VALUES (?)", "params", List.of(number)));
            ending = Ending.DONE;
        } catch (IOException | UncheckedIOException e) {
            boolean notDone =
                    e instanceof ConnectException || e instanceof Refused refused && NOT_DONE.contains(refused.code());
            ending = notDone ? Ending.NOT_DONE : Ending.UNKNOWN;
        }
        endings.put(number, ending);
        calls.add(new Call(caller, node.base(), "insert " + number, ending, began, System.nanoTime()));
        return ending == Ending.DONE;
    }

    @Override
    public Judgement judge(List<NodeClient> nodes) throws IOException, InterruptedException {
        List<String> findings = new ArrayList<>();
        for (Map.Entry<Long, Ending> one : endings.entrySet()) {
            counts.merge(one.getValue(), 1, Integer::sum);
        }
        NodeClient node = nodes.get(0);
        long index = node.queryWithin(READ, "linearizable", "SELECT 1").index();
        Map<Long, Integer> there = new ConcurrentHashMap<>();
        long from = 0;
        List<? extends List<?>> rows;
        do {
            rows = node.query(
                            index, "SELECT n, count(*) FROM inserts WHERE n > ? GROUP BY n ORDER BY n LIMIT 5000", from)
                    .rows();
            for (List<?> row : rows) {
                from = ((Number) row.get(0)).longValue();
                there.put(from, ((Number) row.get(1)).intValue());
            }
        } while (!rows.isEmpty());
        endings.forEach((number, ending) -> {
            int count = there.getOrDefault(number, 0);
            if (count > 1 || count == 0 && ending == Ending.DONE || count > 0 && ending == Ending.NOT_DONE) {
                findings.add("insert " + number + " ended " + ending + " and is there " + count + " times");
            }
        });
        return new Judgement(
                List.of("inserts by how they ended: " + counts + "; each is there as often as was said"), findings);
    }

    private final Map<Ending, Integer> counts = new ConcurrentHashMap<>();

    @Override
    public List<Call> calls() {
        return calls.stream().sorted(Comparator.comparingLong(Call::beganNanos)).toList();
    }
}
