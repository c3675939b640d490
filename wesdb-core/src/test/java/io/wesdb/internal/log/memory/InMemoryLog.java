package io.wesdb.internal.log.memory;

import io.wesdb.internal.log.LogUnavailableException;
import io.wesdb.internal.log.ReplicatedLog;
import io.wesdb.internal.log.memory.Call.Kind;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A node's session with an {@link InMemoryLogStore}. Thread safe; futures and the listener run on the store's executor. */
public final class InMemoryLog implements ReplicatedLog {
    private final InMemoryLogStore store;
    private final String node;
    private final Link requests = new Link();
    private final Link events = new Link();
    private final Set<Runnable> unanswered = Collections.synchronizedSet(new LinkedHashSet<>());
    private Listener listener;
    private boolean announced;
    private long toldEpoch;
    private volatile boolean connected = true;
    private volatile boolean closed;

    InMemoryLog(InMemoryLogStore store, String node) {
        this.store = store;
        this.node = node;
    }

    Faults faults() {
        return new Faults(store, this, requests, events);
    }

    @Override
    public CompletableFuture<BegunTerm> beginTerm(String leader, String address) {
        return request(Kind.RAISE_FENCE, () -> store.raiseFence(leader, address))
                .thenCompose(term ->
                        request(Kind.HEAD_AFTER_FENCE, store::head).thenApply(head -> new BegunTerm(term, head)));
    }

    @Override
    public CompletableFuture<AppendResult> append(Term term, long index, byte[] entry) {
        Call call = new Call(node, Kind.APPEND, index, term.epoch());
        return request(
                call, () -> store.append(term.epoch(), index, entry), future -> future.complete(AppendResult.UNKNOWN));
    }

    @Override
    public CompletableFuture<Head> head() {
        return request(Kind.HEAD, store::head);
    }

    @Override
    public CompletableFuture<Term> term() {
        return request(Kind.TERM, store::term);
    }

    @Override
    public CompletableFuture<byte[]> read(long index) {
        return request(new Call(node, Kind.READ, index, 0), () -> store.read(index), InMemoryLog::unavailable);
    }

    @Override
    public CompletableFuture<Long> first() {
        return request(Kind.FIRST, store::first);
    }

    @Override
    public CompletableFuture<Void> truncate(Term term, long below) {
        return request(Kind.TRUNCATE, () -> store.truncate(term, below));
    }

    private <T> CompletableFuture<T> request(Kind kind, Supplier<T> execution) {
        return request(new Call(node, kind, 0, 0), execution, InMemoryLog::unavailable);
    }

    private static void unavailable(CompletableFuture<?> future) {
        future.completeExceptionally(new LogUnavailableException("the answer was lost", null));
    }

    private <T> CompletableFuture<T> request(Call call, Supplier<T> execution, Loss<T> loss) {
        CompletableFuture<T> future = new CompletableFuture<>();
        Runnable lost = () -> loss.tell(future);
        unanswered.add(lost);
        future.whenComplete((value, failure) -> unanswered.remove(lost));
        store.execute(() -> {
            if (closed) {
                lost.run();
            } else {
                requests.submit(call, () -> execute(execution, future), lost);
            }
        });
        return future;
    }

    private static <T> Runnable execute(Supplier<T> execution, CompletableFuture<T> future) {
        try {
            T value = execution.get();
            return () -> future.complete(value);
        } catch (RuntimeException e) {
            return () -> future.completeExceptionally(e);
        }
    }

    @FunctionalInterface
    private interface Loss<T> {
        void tell(CompletableFuture<T> future);
    }

    @Override
    public void start(Listener newListener) {
        store.execute(() -> {
            listener = newListener;
            if (connected) {
                connectionChanged(true);
            }
        });
    }

    void connectionChanged(boolean nowConnected) {
        connected = nowConnected;
        announced = false;
        toldEpoch = 0;
        if (listener != null && !closed) {
            listener.connectionChanged(nowConnected);
            announce();
        }
    }

    /** Something in the store has changed. */
    void announce() {
        if (listener != null && connected && !closed && !announced) {
            announced = true;
            events.submit(new Call(node, Kind.EVENT, 0, 0), () -> this::tell, () -> announced = false);
        }
    }

    private void tell() {
        announced = false;
        if (closed) {
            return;
        }
        Term term = store.term();
        if (term != null && term.epoch() > toldEpoch) {
            toldEpoch = term.epoch();
            listener.termChanged(term);
        }
        listener.headMoved(store.head());
    }

    @Override
    public boolean connected() {
        return connected && !closed;
    }

    @Override
    public void close() {
        closed = true;
        store.execute(() -> {
            List<Runnable> waiting;
            synchronized (unanswered) {
                waiting = List.copyOf(unanswered);
            }
            waiting.forEach(Runnable::run);
        });
    }
}
