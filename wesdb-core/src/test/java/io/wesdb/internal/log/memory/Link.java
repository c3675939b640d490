package io.wesdb.internal.log.memory;

import io.wesdb.internal.log.memory.FaultPlan.Fate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * One direction of a node's session with the store: calls keep their order, like a ZooKeeper session's. Runs on the
 * store's serial executor only.
 */
final class Link {
    private final Deque<Step> queue = new ArrayDeque<>();
    private final Deque<Step> heldAnswers = new ArrayDeque<>();
    private final List<Step> astray = new ArrayList<>();
    private FaultPlan plan = call -> Fate.DELIVER;
    private boolean connected = true;

    /** What the store does for a call; gives what answers it. */
    @FunctionalInterface
    interface Execution {
        Runnable run();
    }

    private static final class Step {
        final Call call;
        final Execution execution;
        final Runnable loss;
        Fate fate;
        Runnable answer;

        Step(Call call, Execution execution, Runnable loss) {
            this.call = call;
            this.execution = execution;
            this.loss = loss;
        }
    }

    void plan(FaultPlan newPlan) {
        plan = newPlan;
    }

    boolean connected() {
        return connected;
    }

    /** @param loss told instead of an answer */
    void submit(Call call, Execution execution, Runnable loss) {
        Step step = new Step(call, execution, loss);
        if (connected) {
            queue.add(step);
            pump();
        } else {
            loss.run();
        }
    }

    private void pump() {
        while (!queue.isEmpty()) {
            Step step = queue.peek();
            if (step.fate == null) {
                step.fate = plan.fate(step.call);
            }
            if (step.fate == Fate.HOLD_CALL) {
                return;
            }
            queue.remove();
            carryOut(step);
        }
    }

    private void carryOut(Step step) {
        switch (step.fate) {
            case LOSE_CALL -> step.loss.run();
            case LOSE_ANSWER -> {
                step.execution.run();
                step.loss.run();
            }
            default -> {
                step.answer = step.execution.run();
                if (step.fate == Fate.HOLD_ANSWER || !heldAnswers.isEmpty()) {
                    heldAnswers.add(step);
                } else {
                    step.answer.run();
                }
            }
        }
    }

    List<Call> heldCalls() {
        return queue.stream().map(step -> step.call).toList();
    }

    /** The first held call goes on; the plan is asked about those behind it. */
    void releaseCall() {
        Step first = queue.peek();
        if (first != null) {
            first.fate = Fate.DELIVER;
            pump();
        }
    }

    void releaseAnswers() {
        while (!heldAnswers.isEmpty()) {
            heldAnswers.remove().answer.run();
        }
    }

    /** Whoever waits for an answer gets none; calls that were held are astray, and may still arrive. */
    void disconnect() {
        connected = false;
        List<Step> unanswered = new ArrayList<>(heldAnswers);
        unanswered.addAll(queue);
        astray.addAll(queue);
        heldAnswers.clear();
        queue.clear();
        unanswered.forEach(step -> step.loss.run());
    }

    void reconnect() {
        connected = true;
    }

    /** The calls astray arrive after all, in their order; nobody waits for their answers. */
    void arrive() {
        List<Step> late = new ArrayList<>(astray);
        astray.clear();
        late.forEach(step -> step.execution.run());
    }

    void dropAstray() {
        astray.clear();
    }
}
