package io.wesdb.internal.node;

import io.wesdb.internal.env.Lane;
import io.wesdb.internal.log.memory.Call;
import io.wesdb.internal.log.memory.FaultPlan;
import io.wesdb.internal.node.SimulatedCluster.SimulatedNode;
import io.wesdb.internal.node.SimulatedNetwork.Telling;
import java.util.Map;
import java.util.TreeMap;

/**
 * Stands in the way of every message of a {@link SimulatedCluster}, between nodes and between nodes and the log, and does
 * away with one of them: the one of a kind whose turn it is, counted from {@link #arm}. The rest pass.
 */
final class Firewall {
    private static final long RECONNECT_MILLIS = 20;
    private static final long MOST_LATE_MILLIS = 60;

    /** What becomes of the one. */
    enum Loss {
        /** It does not arrive. */
        CALL(SimulatedNetwork.Fate.LOSE_CALL, FaultPlan.Fate.LOSE_CALL),
        /** It takes effect, and its answer is lost. */
        ANSWER(SimulatedNetwork.Fate.LOSE_ANSWER, FaultPlan.Fate.LOSE_ANSWER),
        /** The connection ends before it arrives, and with it goes all that is on its way. */
        CUT_BEFORE(SimulatedNetwork.Fate.CUT_BEFORE, FaultPlan.Fate.HOLD_CALL),
        /** The connection ends after it took effect, and with it goes all that is on its way. */
        CUT_AFTER(SimulatedNetwork.Fate.CUT_AFTER, FaultPlan.Fate.HOLD_ANSWER),
        /** The connection ends, the sender gives it up, and later it arrives after all. */
        LATE(SimulatedNetwork.Fate.ARRIVE_LATE, FaultPlan.Fate.HOLD_CALL);

        private final SimulatedNetwork.Fate between;
        private final FaultPlan.Fate toTheLog;

        Loss(SimulatedNetwork.Fate between, FaultPlan.Fate toTheLog) {
            this.between = between;
            this.toTheLog = toTheLog;
        }
    }

    private final SimulatedCluster cluster;
    /** The kind of the messages between nodes; those to and from the log are called as {@link Call.Kind} says. */
    static final String FORWARD = "FORWARD";

    private final Lane later;
    private final Map<String, Integer> lost = new TreeMap<>();
    private String kind = FORWARD;
    private Loss loss = Loss.CALL;
    private int left;
    private boolean appendFirst;
    private boolean struck;
    /** Whether leaders tell their entries. */
    private boolean fed = true;

    Firewall(SimulatedCluster cluster) {
        this.cluster = cluster;
        this.later = cluster.world.lane("later");
        cluster.network.plan = (from, to) -> between();
        cluster.network.tellingPlan = (from, to) -> fed ? Telling.DELIVER : Telling.SKIP;
        cluster.nodes.values().forEach(this::guard);
    }

    /** Called when the message has come that is lost; in a step of its own. */
    Runnable onStrike = () -> {};

    /** For each life of a node. */
    void guard(SimulatedNode node) {
        node.faults().plan(call -> toTheLog(node, call));
    }

    /**
     * @param number of the message of that kind that will be lost, from 1
     * @param appendFirst whether the answer to an append is lost before, and counting begins there
     */
    void arm(String ofKind, Loss how, int number, boolean appendFirst) {
        this.kind = ofKind;
        this.loss = how;
        this.left = number;
        this.appendFirst = appendFirst;
        this.struck = false;
        // Who is told the entries asks the log for none.
        this.fed = !ofKind.equals(Call.Kind.READ.name()) && !ofKind.equals(Call.Kind.EVENT.name());
    }

    void disarm() {
        left = 0;
        appendFirst = false;
    }

    /** Whether the message came that was to be lost. */
    boolean hasStruck() {
        return struck;
    }

    /** How many were lost, by kind and manner. */
    Map<String, Integer> lost() {
        return lost;
    }

    private boolean strikes(String message) {
        if (appendFirst || left == 0 || !message.equals(kind) || --left > 0) {
            return false;
        }
        struck = true;
        later.execute(onStrike);
        lost.merge(kind + " " + loss, 1, Integer::sum);
        return true;
    }

    private SimulatedNetwork.Fate between() {
        if (!strikes(FORWARD)) {
            return SimulatedNetwork.Fate.DELIVER;
        }
        if (loss == Loss.LATE) {
            later.schedule(lateMillis(), cluster.network::arriveLate);
        }
        return loss.between;
    }

    private FaultPlan.Fate toTheLog(SimulatedNode node, Call call) {
        if (appendFirst && call.kind() == Call.Kind.APPEND) {
            appendFirst = false;
            return FaultPlan.Fate.LOSE_ANSWER;
        } else if (!strikes(call.kind().name())) {
            return FaultPlan.Fate.DELIVER;
        }
        boolean single = loss == Loss.CALL || loss == Loss.ANSWER;
        if (single && call.kind() != Call.Kind.EVENT) {
            return loss.toTheLog;
        }
        // ZooKeeper tells a watch again after a lost connection, and loses none without one.
        node.faults().disconnect();
        later.schedule(RECONNECT_MILLIS, node.faults()::reconnect);
        if (loss == Loss.LATE) {
            later.schedule(lateMillis(), node.faults()::arrive);
        }
        return single ? FaultPlan.Fate.HOLD_CALL : loss.toTheLog;
    }

    private long lateMillis() {
        return 1 + cluster.world.random().nextInt((int) MOST_LATE_MILLIS);
    }
}
