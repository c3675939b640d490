package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.harness.Events.Fault;
import io.wesdb.examples.harness.Workload.Call;
import io.wesdb.examples.harness.Workload.Ending;
import io.wesdb.examples.harness.Workload.Judgement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A run that never was: leaders are killed each half minute, calls fail meanwhile. */
final class SampleRun {
    static final String HOSTILE = "</script><script>alert('x')</script> & <b> ]]> \u0007 http-like";
    private static final long ZERO = 5_000_000_000_000L;
    private static final long SECOND = 1_000_000_000L;
    private static final List<String> NODES = List.of("a", "b", "c");

    private SampleRun() {}

    private record Calls(String name, List<Call> calls) implements Workload {
        @Override
        public void prepare(List<NodeClient> nodes) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean call(int caller, NodeClient node, Random random) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Judgement judge(List<NodeClient> nodes) {
            throw new UnsupportedOperationException();
        }
    }

    /** @param broken with findings */
    static Run of(long seed, int seconds, int callsASecond, boolean broken) {
        Random random = new Random(seed);
        Events events = new Events();
        String leader = "a";
        events.leads(leader, 1, ZERO);
        long epoch = 1;
        for (int at = 20; at + 12 < seconds; at += 30) {
            long struck = ZERO + at * SECOND + random.nextInt(1_000_000_000);
            boolean paused = at % 60 == 20;
            events.leads(leader, epoch, struck);
            events.add(new Fault(
                    paused ? "pause" : "kill",
                    paused ? leader + " paused for 4.2 s" : leader + " killed " + (broken ? HOSTILE : "by SIGKILL"),
                    List.of(leader),
                    struck,
                    struck + 8 * SECOND));
            leader = NODES.get((NODES.indexOf(leader) + 1) % 3);
            events.leads(leader, ++epoch, struck + 2_300_000_000L);
            if (at % 90 == 50) {
                events.add(new Fault(
                        "zookeeper",
                        "zk2 killed",
                        List.of("zk2"),
                        struck - 5 * SECOND,
                        at + 102 < seconds ? struck + 15 * SECOND : Long.MAX_VALUE));
            }
        }
        events.leads(leader, epoch, ZERO + seconds * SECOND);
        List<Workload> workloads = new ArrayList<>();
        for (String name : List.of("register", "append", "bank")) {
            workloads.add(new Calls(name, calls(random, events, seconds, callsASecond / 3)));
        }
        Map<String, Judgement> judgements = new LinkedHashMap<>();
        for (Workload workload : workloads) {
            judgements.put(workload.name(), new Judgement(List.of("all of it was looked at"), List.of()));
        }
        if (broken) {
            List<Call> some = workloads.get(1).calls().subList(100, 104);
            judgements.put(
                    "append",
                    new Judgement(
                            List.of(),
                            List.of("G-single: nothing explains " + HOSTILE, "one that no call shows"),
                            List.of(some, List.of())));
        }
        judgements.put("cluster", new Judgement(List.of("all nodes are equal in the end, by content hash"), List.of()));
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("seed", String.valueOf(seed));
        settings.put("seconds", String.valueOf(seconds));
        settings.put("nemesis", "kill,pause,zookeeper");
        return new Run(
                settings,
                List.of("a", "b", "c", "zk1", "zk2", "zk3"),
                ZERO,
                ZERO + seconds * SECOND,
                workloads,
                events,
                judgements);
    }

    private static List<Call> calls(Random random, Events events, int seconds, int callsASecond) {
        List<Call> calls = new ArrayList<>();
        for (long i = 0; i < (long) seconds * callsASecond; i++) {
            long began = ZERO + (long) (random.nextDouble() * seconds * SECOND);
            String node = NODES.get(random.nextInt(3));
            boolean struck = events.faults().stream()
                    .anyMatch(fault ->
                            fault.struck().contains(node) && began >= fault.beganNanos() && began < fault.endedNanos());
            boolean leaderless = events.faults().stream()
                    .anyMatch(fault -> !fault.struck().contains("zk2")
                            && began >= fault.beganNanos()
                            && began < fault.beganNanos() + 2_300_000_000L);
            boolean writes = random.nextBoolean();
            long took = (long) (3_000_000 * Math.exp(random.nextGaussian() * 0.7));
            Ending ending = Ending.DONE;
            if (struck && random.nextInt(12) > 0) {
                continue;
            } else if (struck) {
                ending = writes && random.nextBoolean() ? Ending.UNKNOWN : Ending.NOT_DONE;
                took = ending == Ending.UNKNOWN ? 2 * SECOND : 500_000;
            } else if (leaderless && writes) {
                took += ZERO + 2_300_000_000L - began > 0 ? 1_500_000_000L : 1_900_000_000L;
            }
            calls.add(new Call(
                    random.nextInt(12),
                    node,
                    writes ? "write" : "read",
                    writes,
                    (writes ? "write " : "read ") + i,
                    ending,
                    began,
                    began + took));
        }
        calls.sort(Comparator.comparingLong(Call::beganNanos));
        return calls;
    }
}
