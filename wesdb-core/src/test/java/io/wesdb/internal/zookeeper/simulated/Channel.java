package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.env.Lane;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;

/** One direction of a connection: what is sent arrives later, in its order. */
final class Channel<T> {
    /** What arrives. */
    interface Receiver<T> {
        void receive(T message);
    }

    private final Lane lane;
    private final Random random;
    private final int maxLatencyMillis;
    private final Receiver<T> receiver;
    private final Queue<T> underWay = new ArrayDeque<>();
    /** What was sent since it is held. */
    private final Queue<T> behind = new ArrayDeque<>();

    private final Runnable arrival = this::arrive;
    private boolean held;

    Channel(Lane lane, Random random, int maxLatencyMillis, Receiver<T> receiver) {
        this.lane = lane;
        this.random = random;
        this.maxLatencyMillis = maxLatencyMillis;
        this.receiver = receiver;
    }

    void send(T message) {
        if (held) {
            behind.add(message);
            return;
        }
        underWay.add(message);
        int latency = random.nextInt(2 * maxLatencyMillis + 1) - maxLatencyMillis;
        if (latency <= 0) {
            lane.execute(arrival);
        } else {
            lane.schedule(latency, arrival);
        }
    }

    /** However late the ones before it, the first is the first to arrive. */
    private void arrive() {
        T first = underWay.poll();
        if (first != null) {
            receiver.receive(first);
        }
    }

    /** Nothing that is sent from now on arrives until it is released. */
    void hold() {
        held = true;
    }

    List<T> held() {
        return List.copyOf(behind);
    }

    void release() {
        held = false;
        while (!behind.isEmpty()) {
            send(behind.remove());
        }
    }

    /** Takes out what is under way. */
    List<T> cut() {
        List<T> cut = new ArrayList<>(underWay);
        underWay.clear();
        return cut;
    }

    /** Takes out what is held. */
    List<T> cutHeld() {
        List<T> cut = new ArrayList<>(behind);
        behind.clear();
        return cut;
    }
}
