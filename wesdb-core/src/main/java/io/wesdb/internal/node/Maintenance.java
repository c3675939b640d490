package io.wesdb.internal.node;

import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.BatchCodec;
import io.wesdb.internal.sqlite.EntryOutcome;
import io.wesdb.internal.sqlite.EntryOutcome.Upkeep;
import io.wesdb.internal.sqlite.OptimizeCommand;
import io.wesdb.internal.write.Caller;
import io.wesdb.internal.write.WriteGateway;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the planner's statistics up to date: while this node leads, it puts {@code PRAGMA optimize} into the log from
 * time to time, so that every node does the same at the same index (I3). What the log tells of earlier ones is known to
 * every node, so a new leader does not repeat them, and an idle cluster's log does not grow.
 *
 * <p>Owned by the replicator lane.
 */
final class Maintenance {
    private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

    /** A new leader has other things to do first, and leads perhaps for a moment only. */
    private static final Duration FIRST = Duration.ofMinutes(1);

    /** How long the command may take to get into the log. */
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private final Lane lane;
    private final Environment env;
    private final WriteGateway gateway;
    private final Duration interval;
    /** Whether anything was written since the last optimize. What came before this node's life is not known. */
    private boolean changed = true;

    private boolean running;
    private Lane.@Nullable Timer next;

    /** @param interval how often; zero for never */
    Maintenance(Lane lane, Environment env, WriteGateway gateway, Duration interval) {
        this.lane = lane;
        this.env = env;
        this.gateway = gateway;
        this.interval = interval;
    }

    /** This node leads. */
    void lead() {
        if (!interval.isZero() && next == null) {
            next = lane.schedule(Math.min(FIRST.toMillis(), interval.toMillis()), this::optimizeIfChanged);
        }
    }

    /** This node does not lead any more, or is closing. */
    void follow() {
        if (next != null) {
            next.cancel();
            next = null;
        }
    }

    void applied(List<EntryOutcome> outcomes) {
        for (EntryOutcome outcome : outcomes) {
            if (outcome.upkeep() != Upkeep.NOTHING_CHANGED) {
                changed = outcome.upkeep() == Upkeep.NONE;
            }
        }
    }

    private void optimizeIfChanged() {
        next = lane.schedule(interval.toMillis(), this::optimizeIfChanged);
        if (!changed || running) {
            return;
        }
        running = true;
        long deadlineNanos = env.clock().nanos() + LIMIT.toNanos();
        gateway.submit(Caller.NODE, BatchCodec.encodeCommand(OptimizeCommand.command()), false, deadlineNanos)
                .whenComplete((written, failure) -> lane.execute(() -> {
                    running = false;
                    if (failure == null) {
                        LOG.info("the statistics were brought up to date at index {}", written.index());
                    } else {
                        changed = true;
                        LOG.warn("the statistics could not be brought up to date: {}", failure.toString());
                    }
                }));
    }
}
