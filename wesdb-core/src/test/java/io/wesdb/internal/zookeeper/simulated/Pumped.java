package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.env.SimulatedWorld;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionEvaluationListener;
import org.awaitility.core.EvaluatedCondition;

/**
 * Lets tests that wait for real things run in a simulated world: whoever waits, for a future or with Awaitility, lets the
 * world go on. One at a time waits, so the world still has one thread at a time.
 */
public final class Pumped implements AutoCloseable {
    private static final int STEPS = 200;

    private static volatile SimulatedWorld world;

    public Pumped(SimulatedWorld pumped) {
        world = pumped;
        Awaitility.setDefaultPollInterval(Duration.ofMillis(1));
        Awaitility.setDefaultPollDelay(Duration.ZERO);
        Awaitility.setDefaultConditionEvaluationListener(new ConditionEvaluationListener<Object>() {
            @Override
            public void conditionEvaluated(EvaluatedCondition<Object> condition) {
                if (!condition.isSatisfied()) {
                    step();
                }
            }
        });
    }

    private static void step() {
        for (int i = 0; i < STEPS; i++) {
            world.step();
        }
    }

    /** Waits for {@code future}, in the simulated world if there is one. */
    public static <T> T get(CompletableFuture<T> future) throws Exception {
        SimulatedWorld pumped = world;
        if (pumped != null) {
            pumped.runUntil("an answer", 60_000, future::isDone);
        }
        return future.get(30, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        world = null;
        Awaitility.reset();
    }
}
