package io.wesdb.internal.log;

import io.wesdb.internal.log.ReplicatedLog.Head;
import io.wesdb.internal.log.ReplicatedLog.Term;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;

/** Writes down what a log tells. Thread safe. */
public final class RecordingListener implements ReplicatedLog.Listener {
    public final List<Head> heads = new CopyOnWriteArrayList<>();
    public final List<Term> terms = new CopyOnWriteArrayList<>();
    public final List<Boolean> connections = new CopyOnWriteArrayList<>();
    /** Whether two calls ever overlapped. */
    public final AtomicBoolean overlapped = new AtomicBoolean();

    private final AtomicBoolean inside = new AtomicBoolean();

    @Override
    public void headMoved(Head head) {
        alone(() -> heads.add(head));
    }

    @Override
    public void termChanged(Term term) {
        alone(() -> terms.add(term));
    }

    @Override
    public void connectionChanged(boolean connected) {
        alone(() -> connections.add(connected));
    }

    private void alone(Runnable work) {
        if (!inside.compareAndSet(false, true)) {
            overlapped.set(true);
        }
        work.run();
        inside.set(false);
    }

    public boolean sawHead(long index) {
        return heads.stream().anyMatch(head -> head.index() >= index);
    }

    public boolean sawTerm(long epoch) {
        return terms.stream().anyMatch(term -> term.epoch() >= epoch);
    }
}
