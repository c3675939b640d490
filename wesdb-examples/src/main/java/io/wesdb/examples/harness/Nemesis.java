package io.wesdb.examples.harness;

import java.io.IOException;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * Something that breaks a cluster in one way. For one thread.
 *
 * @param name on the command line; what stands before its first hyphen names its kind
 * @param about for a person, after its name
 */
record Nemesis(String name, String about, Act act) {
    /** What it does. */
    interface Act {
        /** Breaks something; null if it cannot now. */
        @Nullable Strike strike(Targets targets, Random random) throws IOException, InterruptedException;
    }

    /** How it is mended. */
    interface End {
        void end() throws IOException, InterruptedException;
    }

    /**
     * Something that is broken now.
     *
     * @param what for a person
     * @param struck the processes, by name
     * @param lengthMillis how long it is to last
     */
    record Strike(String what, List<String> struck, long lengthMillis, End end) {}
}
