package io.wesdb.internal.log.memory;

import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What a test can do to one node's connection. Thread safe; takes effect in the order of the calls. */
public final class Faults implements ConnectionFaults {
    private final InMemoryLogStore store;
    private final InMemoryLog log;
    private final Link requests;
    private final Link events;

    Faults(InMemoryLogStore store, InMemoryLog log, Link requests, Link events) {
        this.store = store;
        this.log = log;
        this.requests = requests;
        this.events = events;
    }

    /** Asked about every call of the node from now on. */
    @Override
    public void plan(FaultPlan plan) {
        store.execute(() -> {
            requests.plan(plan);
            events.plan(plan);
        });
    }

    /** From now on everything is delivered; what is held goes on, and an event that was lost is made up for. */
    @Override
    public void heal() {
        plan(call -> Fate.DELIVER);
        releaseCalls();
        releaseAnswers();
        store.execute(log::announce);
    }

    /** The held call and those queued behind it; empty if none is held. */
    @Override
    public CompletableFuture<List<Call>> heldCalls() {
        CompletableFuture<List<Call>> held = new CompletableFuture<>();
        store.execute(() -> held.complete(requests.heldCalls()));
        return held;
    }

    /** The call that holds up the others is executed and answered; the plan is asked about the next. */
    @Override
    public void releaseCalls() {
        store.execute(() -> {
            requests.releaseCall();
            events.releaseCall();
        });
    }

    @Override
    public void releaseAnswers() {
        store.execute(() -> {
            requests.releaseAnswers();
            events.releaseAnswers();
        });
    }

    /** Cuts the connection: no call under way is answered; those that were held go astray, and may {@link #arrive}. */
    @Override
    public void disconnect() {
        store.execute(() -> {
            if (requests.connected()) {
                requests.disconnect();
                events.disconnect();
                events.dropAstray();
                log.connectionChanged(false);
            }
        });
    }

    /** Calls that went astray are executed now, whatever happened since: a request that was long on its way. */
    @Override
    public void arrive() {
        store.execute(requests::arrive);
    }

    @Override
    public void reconnect() {
        store.execute(() -> {
            if (!requests.connected()) {
                requests.reconnect();
                events.reconnect();
                log.connectionChanged(true);
            }
        });
    }
}
