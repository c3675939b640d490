package io.wesdb.examples.bench;

/**
 * How long it all takes.
 *
 * @param rounds in which what is compared is measured by turns
 * @param millis of each stretch
 * @param warmMillis of what comes first and is not counted
 * @param keys in the table that is read
 * @param smaller how many times smaller databases are than the parts say
 */
record Plan(boolean quick, int rounds, long millis, long warmMillis, int keys, int smaller) {
    static Plan full() {
        return new Plan(false, 3, 2_500, 6_000, 100_000, 1);
    }

    static Plan brief() {
        return new Plan(true, 2, 1_000, 3_000, 100_000, 1);
    }

    long bytes(long usual) {
        return usual / smaller;
    }

    /** Of a test: so short that figures mean nothing. */
    Plan withStretches(long newMillis) {
        return new Plan(quick, 1, newMillis, newMillis, 1_000, 20);
    }
}
