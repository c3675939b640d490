package io.wesdb.internal.node;

import io.wesdb.ErrorCode;
import io.wesdb.NotDoneException;
import java.time.Duration;
import java.util.function.Supplier;

/** Lets reads through only while the node serves (I9). Thread safe. */
record ServiceGate(Supplier<ReplicaState> state) implements Runnable {
    @Override
    public void run() {
        ReplicaState now = state.get();
        if (!StatusReport.serves(now.role())) {
            String why = now.fault() == null ? "it has not caught up yet" : now.fault();
            throw new NotDoneException(ErrorCode.NOT_READY, "this node does not serve: " + why, Duration.ofSeconds(1));
        }
    }
}
