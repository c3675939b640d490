package io.wesdb.internal.node;

import io.wesdb.NodeStatus;
import io.wesdb.internal.env.Lane;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the application regularly how a node that does not serve gets on. Owned by its lane. */
final class ProgressReport {
    private static final Logger LOG = LoggerFactory.getLogger(ProgressReport.class);
    private static final long MILLIS = 500;

    private final Lane lane;
    private final Executor executor;
    private final Supplier<ReplicaState> state;
    private final Consumer<NodeStatus.Recovery> listener;
    private final AtomicBoolean telling = new AtomicBoolean();

    ProgressReport(Lane lane, Executor executor, Supplier<ReplicaState> state, Consumer<NodeStatus.Recovery> listener) {
        this.lane = lane;
        this.executor = executor;
        this.state = state;
        this.listener = listener;
    }

    void start() {
        NodeStatus.Recovery recovery = state.get().recovery();
        if (recovery != null && telling.compareAndSet(false, true)) {
            try {
                executor.execute(() -> tell(recovery));
            } catch (RejectedExecutionException e) {
                telling.set(false); // it is told the next time, or the node is closing
            }
        }
        lane.schedule(MILLIS, this::start);
    }

    private void tell(NodeStatus.Recovery recovery) {
        try {
            listener.accept(recovery);
        } catch (RuntimeException e) {
            LOG.warn("the progress listener failed", e);
        } finally {
            telling.set(false);
        }
    }
}
