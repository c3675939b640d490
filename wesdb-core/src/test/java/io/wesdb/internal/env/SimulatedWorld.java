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
import org.jspecify.annotations.Nullable;

/**
 * All lanes of all nodes in the one thread that calls {@link #step}, on a clock that stands still until nothing else is
 * left to do. Which lane goes next is drawn from the seed, so one seed is one history.
 */
public final class SimulatedWorld {
    private static final int MAX_STEPS_AT_ONE_TIME = 100_000;
    private static final int REMEMBERED_STEPS = 32;

    private static final long FIRST_NANOS = 1_000_000_000_000L;

    private final Random random;
    private final boolean runsHere;
    /** Those with work that may run now, in no order that matters but the same one in each run of a seed. */
    private final List<SimulatedLane> ready = new ArrayList<>();

    private final PriorityQueue<Alarm> alarms =
            new PriorityQueue<>(Comparator.comparingLong(Alarm::atNanos).thenComparingLong(Alarm::number));
    private long nanos = FIRST_NANOS;
    private long nextAlarm;
    private int stepsAtThisTime;
    private final SimulatedLane[] lastLanes = new SimulatedLane[REMEMBERED_STEPS];
    private final Runnable[] lastWork = new Runnable[REMEMBERED_STEPS];
    private long steps;
    private @Nullable Throwable swallowed;
    private final Lane timer = lane("timer");

    private record Alarm(long atNanos, long number, SimulatedLane lane, Runnable work, boolean[] cancelled) {}

    public SimulatedWorld(long seed) {
        this.random = new Random(seed);
        this.runsHere = (seed & 1) == 1;
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

    /** Simulated time since the world began. */
    public long nanos() {
        return nanos - FIRST_NANOS;
    }

    /** How many pieces of work have run. */
    public long steps() {
        return steps;
    }

    /** Runs one piece of work; lets the clock jump to the next alarm if there is none. False if nothing is left at all. */
    public boolean step() {
        if (!ready.isEmpty()) {
            if (++stepsAtThisTime > MAX_STEPS_AT_ONE_TIME) {
                throw new AssertionError(
                        "the clock has stood still for " + stepsAtThisTime + " steps; the last ones: " + lastSteps());
            }
            swallowed = null;
            ready.get(ready.size() == 1 ? 0 : random.nextInt(ready.size())).runNext();
            rethrowSwallowed();
            return true;
        }
        Alarm alarm = alarms.poll();
        if (alarm == null) {
            return false;
        }
        nanos = Math.max(nanos, alarm.atNanos());
        stepsAtThisTime = 0;
        if (alarm.work() == null) {
            alarm.lane().queue(); // it has rested
        } else if (!alarm.cancelled()[0]) {
            alarm.lane().execute(alarm.work());
        }
        return true;
    }

    private void rethrowSwallowed() {
        Throwable failure = swallowed;
        if (failure instanceof RuntimeException exception) {
            throw exception;
        } else if (failure instanceof Error error) {
            throw error;
        }
    }

    private List<String> lastSteps() {
        List<String> told = new ArrayList<>();
        for (long i = Math.max(0, steps - REMEMBERED_STEPS); i < steps; i++) {
            int at = (int) (i % REMEMBERED_STEPS);
            told.add(lastLanes[at] + " " + lastWork[at].getClass().getName().replaceFirst("^.*\\.", ""));
        }
        return told;
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
        private long wallSkewMillis;
        private int slowMillis;
        private SimulatedLane workers;

        SimulatedEnvironment(String node) {
            this.node = node;
        }

        @Override
        public Clock clock() {
            return new Clock() {
                @Override
                public long wallMillis() {
                    return 1_700_000_000_000L + nanos / 1_000_000 + wallSkewMillis;
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
            mine.add(lane);
            return lane;
        }

        @Override
        public Executor workers() {
            if (workers == null) {
                workers = (SimulatedLane) newLane("workers");
            }
            return workers;
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
            mine.forEach(SimulatedLane::clear);
        }

        public boolean isDead() {
            return dead;
        }

        /** Its wall clock is so far from the others'; may be set at any time, and is a jump then. */
        public void skewWall(long millis) {
            wallSkewMillis = millis;
        }

        /** From now on each lane rests up to so long after each piece of work; 0 for as fast as can be. */
        public void slow(int maxMillis) {
            slowMillis = maxMillis;
        }

        /** Nothing of it runs for so long, as after SIGSTOP; what was to happen meanwhile happens after. */
        public void pause(long millis) {
            mine.forEach(lane -> lane.restUntil(nanos + millis * 1_000_000));
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
        /** Where it is in {@link #ready}; -1 if it is not. */
        private int place = -1;

        private long restsUntil;

        SimulatedLane(SimulatedEnvironment owner, String name) {
            this.owner = owner;
            this.name = name;
        }

        @Override
        public void execute(Runnable piece) {
            if (!owner.dead) {
                work.add(piece);
                queue();
            }
        }

        /** In every other history whoever comes to an idle lane runs the work himself, as real threads do. */
        @Override
        public void executeHere(Runnable piece) {
            boolean idle = !current && work.isEmpty() && nanos >= restsUntil;
            if (runsHere && idle && !owner.dead) {
                try {
                    run(piece);
                } catch (RuntimeException | Error e) {
                    swallowed = e; // by the caller, it may be; a real lane tells of it and goes on
                    throw e;
                }
            } else {
                execute(piece);
            }
        }

        private void queue() {
            if (place < 0 && !work.isEmpty() && nanos >= restsUntil) {
                place = ready.size();
                ready.add(this);
            }
        }

        private void unqueue() {
            if (place >= 0) {
                SimulatedLane last = ready.remove(ready.size() - 1);
                if (last != this) {
                    ready.set(place, last);
                    last.place = place;
                }
                place = -1;
            }
        }

        void clear() {
            work.clear();
            unqueue();
        }

        void restUntil(long until) {
            if (until > restsUntil) {
                restsUntil = until;
                unqueue();
                alarms.add(new Alarm(until, nextAlarm++, this, null, new boolean[1]));
            }
        }

        @Override
        public Timer scheduleNanos(long delayNanos, Runnable piece) {
            boolean[] cancelled = {false};
            alarms.add(new Alarm(nanos + delayNanos, nextAlarm++, this, piece, cancelled));
            return () -> cancelled[0] = true;
        }

        void runNext() {
            Runnable next = work.remove();
            if (work.isEmpty()) {
                unqueue();
            }
            run(next);
        }

        private void run(Runnable next) {
            current = true;
            int at = (int) (steps++ % REMEMBERED_STEPS);
            lastLanes[at] = this;
            lastWork[at] = next;
            try {
                next.run();
            } finally {
                current = false;
            }
            if (owner.slowMillis > 0 && !owner.dead) {
                restUntil(nanos + random.nextInt(owner.slowMillis * 1_000) * 1_000L);
            }
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
