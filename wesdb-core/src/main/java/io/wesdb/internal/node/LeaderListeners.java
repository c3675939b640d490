package io.wesdb.internal.node;

import io.wesdb.LeaderListener;
import io.wesdb.NodeStatus;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners of changes of leader: on the workers, one call at a time, in order. Thread safe. */
final class LeaderListeners {
    private static final Logger LOG = LoggerFactory.getLogger(LeaderListeners.class);

    private final Executor workers;
    private final String self;
    private final List<LeaderListener> listeners = new CopyOnWriteArrayList<>();
    private final Queue<Runnable> calls = new ArrayDeque<>(); // guarded by itself
    private boolean running; // guarded by calls
    private @Nullable Term present; // guarded by calls

    LeaderListeners(Executor workers, String self) {
        this.workers = workers;
        this.self = self;
    }

    AutoCloseable add(LeaderListener listener) {
        synchronized (calls) {
            listeners.add(listener);
            Term term = present;
            if (term != null) {
                enqueue(() -> call(listener, term));
            }
        }
        return () -> listeners.remove(listener);
    }

    void changed(Term term) {
        synchronized (calls) {
            present = term;
            if (!listeners.isEmpty()) {
                enqueue(() -> listeners.forEach(listener -> call(listener, term)));
            }
        }
    }

    private void call(LeaderListener listener, Term term) {
        try {
            listener.leaderChanged(
                    term.epoch(),
                    new NodeStatus.Leader(term.leader(), term.address()),
                    term.leader().equals(self));
        } catch (RuntimeException e) {
            LOG.warn("a leader listener failed", e);
        }
    }

    private void enqueue(Runnable call) {
        calls.add(call);
        if (!running) {
            running = true;
            try {
                workers.execute(this::run);
            } catch (RejectedExecutionException e) {
                running = false;
                LOG.warn("the executor does not take the call of a leader listener; the next change tries again", e);
            }
        }
    }

    private void run() {
        while (true) {
            Runnable call;
            synchronized (calls) {
                call = calls.poll();
                if (call == null) {
                    running = false;
                    return;
                }
            }
            call.run();
        }
    }
}
