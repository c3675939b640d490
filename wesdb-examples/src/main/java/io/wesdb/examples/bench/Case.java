package io.wesdb.examples.bench;

/**
 * What is measured.
 *
 * @param series which things that differ in their callers only have in common; unique in the part
 * @param callers that wait for their own call only; threads, where they block
 * @param paced whether calls came at a given rate, not each after the last one
 */
record Case(String part, String series, int callers, boolean paced) {
    static Case closed(String part, String series, int callers) {
        return new Case(part, series, callers, false);
    }

    Case atPace() {
        return new Case(part, series, callers, true);
    }
}
