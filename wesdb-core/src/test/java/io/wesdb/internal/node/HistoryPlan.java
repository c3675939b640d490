package io.wesdb.internal.node;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * What kind of history a seed is: how many nodes, and which faults and kinds of work at what weight. Each seed leaves out
 * some of them at random, for what always happens together hides what happens alone ("swarm testing", Groce and others).
 */
record HistoryPlan(
        int nodes,
        int ticks,
        int faultsInHundred,
        boolean shortLog,
        boolean slowSyncs,
        Duration verifyInterval,
        Map<Kind, Integer> work,
        Map<Fault, Integer> faults,
        SimulatedCluster.Backing backing) {
    /** A kind of work. */
    enum Kind {
        INSERT,
        INSERT_WITH_KEY,
        SET,
        COMPARE_AND_SET,
        COUNT,
        TRANSFER,
        SEVERAL,
        REFUSED,
        ROLLED_BACK,
        LARGE,
        SCHEMA,
        READ_LOCAL,
        READ_IN_SESSION,
        READ_LINEARIZABLE
    }

    /** A kind of fault. */
    enum Fault {
        LOG_ANSWERS,
        LOG_CONNECTION,
        LATE_REQUESTS,
        EXPIRY,
        NETWORK,
        PARTITION,
        CRASH,
        CRASH_BEFORE_SESSION_ENDS,
        CRASH_AFTER_COMMIT,
        CRASH_AMID_FILES,
        POWER,
        POWER_OF_ALL,
        FULL_DISK,
        FAILING_SYNC,
        DAMAGE,
        LOST_FILE,
        SLOW,
        PAUSE,
        CLOCK,
        MEMBERS,
        HANDOVER,
        ELECTION,
        CLOSE
    }

    static HistoryPlan of(Random random) {
        int[] sizes = {3, 3, 3, 3, 3, 2, 1, 5};
        return new HistoryPlan(
                sizes[random.nextInt(sizes.length)],
                30 + random.nextInt(90),
                10 + random.nextInt(40),
                random.nextInt(3) == 0,
                random.nextInt(3) == 0,
                random.nextInt(3) == 0 ? Duration.ofSeconds(1 + random.nextInt(5)) : Duration.ZERO,
                some(Kind.class, random),
                some(Fault.class, random),
                random.nextBoolean() ? SimulatedCluster.Backing.MEMORY : SimulatedCluster.Backing.ZOOKEEPER);
    }

    private static <E extends Enum<E>> Map<E, Integer> some(Class<E> type, Random random) {
        Map<E, Integer> weights = new EnumMap<>(type);
        int odds = 2 + random.nextInt(3);
        for (E each : type.getEnumConstants()) {
            if (random.nextInt(odds) > 0) {
                weights.put(each, 1 + random.nextInt(8));
            }
        }
        if (weights.isEmpty()) {
            weights.put(type.getEnumConstants()[0], 1);
        }
        return weights;
    }

    static <E> E draw(Map<E, Integer> weights, Random random) {
        int sum = 0;
        for (int weight : weights.values()) {
            sum += weight;
        }
        int at = random.nextInt(sum);
        for (Map.Entry<E, Integer> each : weights.entrySet()) {
            at -= each.getValue();
            if (at < 0) {
                return each.getKey();
            }
        }
        throw new AssertionError();
    }
}
