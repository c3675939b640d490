package io.wesdb.examples.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The configurations that the search has come to. One from which it has gone on need not be gone on from again; nor need one that differs
 * only in that it has done more of the operations with an unknown outcome, which need never be done: what can follow it could have
 * followed the other. For one thread.
 */
final class Visited<S> {
    private static final BitSet NONE = new BitSet();

    private final Map<Configuration<S>, List<BitSet>> visited = new HashMap<>();

    /** Which of the operations with a known outcome are done, and the state. All up to the last one are, but for those left out. */
    private static final class Configuration<S> {
        private final int last;
        private final int[] leftOut;
        private final S state;

        Configuration(int last, int[] leftOut, S state) {
            this.last = last;
            this.leftOut = leftOut;
            this.state = state;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Configuration<?> configuration
                    && last == configuration.last
                    && Arrays.equals(leftOut, configuration.leftOut)
                    && state.equals(configuration.state);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * last + Arrays.hashCode(leftOut)) + state.hashCode();
        }
    }

    /**
     * Whether it is worth going on from there.
     *
     * @param unknownDone which of the operations with an unknown outcome are done; may be changed afterwards
     */
    boolean add(int last, int[] leftOut, S state, BitSet unknownDone) {
        List<BitSet> known =
                visited.computeIfAbsent(new Configuration<>(last, leftOut, state), configuration -> new ArrayList<>(1));
        for (BitSet done : known) {
            if (isSubset(done, unknownDone)) {
                return false;
            }
        }
        known.removeIf(done -> isSubset(unknownDone, done));
        known.add(unknownDone.isEmpty() ? NONE : (BitSet) unknownDone.clone());
        return true;
    }

    private static boolean isSubset(BitSet small, BitSet large) {
        for (int i = small.nextSetBit(0); i >= 0; i = small.nextSetBit(i + 1)) {
            if (!large.get(i)) {
                return false;
            }
        }
        return true;
    }
}
