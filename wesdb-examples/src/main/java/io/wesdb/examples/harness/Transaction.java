package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is done at once to some lists, in this order.
 *
 * @param kind how: in a word or two
 */
record Transaction(String kind, List<Action> actions) implements CallLog.Asked {
    /**
     * Reads a list, or appends to it and reads it then.
     *
     * @param value what is appended; 0 if nothing is
     */
    record Action(int key, int value) {
        static Action read(int key) {
            return new Action(key, 0);
        }

        static Action append(int key, int value) {
            return new Action(key, value);
        }

        boolean appends() {
            return value != 0;
        }
    }

    /**
     * What it saw.
     *
     * @param views after each action its list; null where that was not told
     */
    record Answer(List<@Nullable Seen> views) {
        Answer {
            views = Collections.unmodifiableList(new ArrayList<>(views)); // not List.of: nulls are allowed
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder();
            for (Seen view : views) {
                text.append(text.isEmpty() ? "" : ", ").append(view == null ? "done" : view);
            }
            return text.toString();
        }
    }

    @Override
    public boolean writes() {
        return actions.stream().anyMatch(Action::appends);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(kind).append(':');
        for (Action action : actions) {
            text.append(action.appends() ? " append " + action.value + " to " : " read ")
                    .append("list ")
                    .append(action.key)
                    .append(';');
        }
        return text.substring(0, text.length() - 1);
    }
}
