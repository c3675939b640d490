package io.wesdb.examples.harness;

import java.util.Arrays;

/**
 * A list of numbers as somebody saw it: the first ones of what is known of the list, so that many views of a list cost little more than
 * one. Immutable.
 */
record Seen(Known known, int length) {
    /** What is known of a list, to which later views only add. Safe for use by many threads. */
    static final class Known {
        private int[] values = new int[0];
        private int size;

        /** That view of the list; one that does not begin with what is known, nor it with the view, stands by itself. */
        synchronized Seen view(int[] view) {
            int common = Math.min(size, view.length);
            if (!Arrays.equals(values, 0, common, view, 0, common)) {
                Known apart = new Known();
                return apart.view(view);
            }
            if (view.length > size) {
                values = view;
                size = view.length;
            }
            return new Seen(this, view.length);
        }

        private synchronized int at(int place) {
            return values[place];
        }
    }

    static Seen of(int... values) {
        return new Known().view(values);
    }

    /** The numbers as they stand in a row: with commas between them. */
    static int[] parse(String text) {
        return text.isEmpty()
                ? new int[0]
                : Arrays.stream(text.split(",")).mapToInt(Integer::parseInt).toArray();
    }

    int at(int place) {
        return known.at(place);
    }

    int[] values() {
        int[] values = new int[length];
        for (int i = 0; i < length; i++) {
            values[i] = at(i);
        }
        return values;
    }

    /** The last few of a long one. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("[");
        int first = Math.max(0, length - 6);
        text.append(first > 0 ? "… " : "");
        for (int i = first; i < length; i++) {
            text.append(i > first ? " " : "").append(at(i));
        }
        return text.append("]").toString();
    }
}
