package io.wesdb.internal.env;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * All lanes of all nodes in the one thread that calls {@link #step}, on a clock that stands still until nothing else is
 * left to do. Which lane goes next is drawn from the seed, so one seed is one history.
 */
public final class SimulatedWorld {
    private static final int MAX_STEPS_AT_ONE_TIME = 100_000;

    private final Random random;
    private final List<SimulatedLane> lanes = new ArrayList<>();
    private final PriorityQueue<Alarm> alarms =
            new PriorityQueue<>(Comparator.comparingLong(Alarm::atNanos).thenComparingLong(Alarm::number));
    private long nanos = 1_000_000_000_000L;
    private long nextAlarm;
    private int stepsAtThisTime;
    private final Queue<String> lastSteps = new ArrayDeque<>();
    private final Lane timer = lane("timer");

    private record Alarm(long atNanos, long number, SimulatedLane lane, Runnable work, boolean[] cancelled) {}

    public SimulatedWorld(long seed) {
        this.random = new Random(seed);
    }

    /** The source of everything that is left to chance in this history. */
    public Random random() {
        return random;
    }

    /** A node's environment; after {@link SimulatedEnvironment#crash} nothing of it runs any more. */
    public SimulatedEnvironment environment(String node) {
        return new SimulatedEnvironment(node);
    }

    /** A lane that belongs to no node. */
    public Lane lane(String name) {
        return environment(name).newLane("lane");
    }

    /** Runs one piece of work; lets the clock jump to the next alarm if there is none. False if nothing is left at all. */
    public boolean step() {
        List<SimulatedLane> ready =
                lanes.stream().filter(lane -> !lane.work.isEmpty()).toList();
        if (!ready.isEmpty()) {
            if (++stepsAtThisTime > MAX_STEPS_AT_ONE_TIME) {
                throw new AssertionError(
                        "the clock has stood still for " + stepsAtThisTime + " steps; the last ones: " + lastSteps);
            }
            ready.get(random.nextInt(ready.size())).runNext();
            return true;
        }
        Alarm alarm = alarms.poll();
        if (alarm == null) {
            return false;
        }
        nanos = Math.max(nanos, alarm.atNanos());
        stepsAtThisTime = 0;
        if (!alarm.cancelled()[0]) {
            alarm.lane().execute(alarm.work());
        }
        return true;
    }

    /** Steps until {@code condition} holds; fails if it does not within {@code millis} of simulated time. */
    public void runUntil(String what, long millis, BooleanSupplier condition) {
        long deadline = nanos + millis * 1_000_000;
        while (!condition.getAsBoolean()) {
            if (nanos > deadline || !step()) {
                throw new AssertionError("not within " + millis + " simulated ms: " + what);
            }
        }
    }

    /** Steps for so much simulated time. */
    public void run(long millis) {
        long deadline = nanos + millis * 1_000_000;
        boolean[] over = {false};
        timer.schedule(millis, () -> over[0] = true);
        while (!over[0] && nanos <= deadline) {
            step();
        }
    }

    /** Everything that a simulated node takes from outside. */
    public final class SimulatedEnvironment implements Environment {
        private final String node;
        private final List<SimulatedLane> mine = new ArrayList<>();
        private boolean dead;

        SimulatedEnvironment(String node) {
            this.node = node;
        }

        @Override
        public Clock clock() {
            return new Clock() {
                @Override
                public long wallMillis() {
                    return 1_700_000_000_000L + nanos / 1_000_000;
                }

                @Override
                public long nanos() {
                    return nanos;
                }
            };
        }

        @Override
        public long randomLong() {
            return random.nextLong();
        }

        @Override
        public Lane newLane(String role) {
            SimulatedLane lane = new SimulatedLane(this, node + "-" + role);
            lanes.add(lane);
            mine.add(lane);
            return lane;
        }

        @Override
        public Executor workers() {
            return mine.isEmpty() ? newLane("workers") : mine.get(0);
        }

        @Override
        public Executor queries() {
            return workers();
        }

        /** Everything else goes on meanwhile. */
        @Override
        public <T> T await(CompletableFuture<T> future, long timeoutMillis)
                throws InterruptedException, ExecutionException, TimeoutException {
            long deadline = nanos + timeoutMillis * 1_000_000;
            while (!future.isDone()) {
                if (nanos > deadline || !step()) {
                    throw new TimeoutException();
                }
            }
            return future.get();
        }

        /** The process is gone: what it had to do is never done. */
        public void crash() {
            dead = true;
            mine.forEach(lane -> lane.work.clear());
            lanes.removeAll(mine);
        }

        @Override
        public void close() {
            crash();
        }
    }

    private final class SimulatedLane implements Lane {
        private final SimulatedEnvironment owner;
        private final String name;
        private final Queue<Runnable> work = new ArrayDeque<>();
        private boolean current;

        SimulatedLane(SimulatedEnvironment owner, String name) {
            this.owner = owner;
            this.name = name;
        }

        @Override
        public void execute(Runnable piece) {
            if (!owner.dead) {
                work.add(piece);
            }
        }

        @Override
        public Timer schedule(long delayMillis, Runnable piece) {
            boolean[] cancelled = {false};
            alarms.add(new Alarm(nanos + delayMillis * 1_000_000, nextAlarm++, this, piece, cancelled));
            return () -> cancelled[0] = true;
        }

        @Override
        public boolean isCurrent() {
            return current;
        }

        void runNext() {
            current = true;
            Runnable next = work.remove();
            lastSteps.add(name + " " + next.getClass().getName().replaceFirst("^.*\\.", ""));
            if (lastSteps.size() > 30) {
                lastSteps.remove();
            }
            try {
                next.run();
            } finally {
                current = false;
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
