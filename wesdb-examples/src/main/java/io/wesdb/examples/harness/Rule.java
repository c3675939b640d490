package io.wesdb.examples.harness;

/**
 * What becomes of bytes in one direction between two processes.
 *
 * @param hole they go nowhere, and nobody is told: a connection stays, and a new one is accepted and silent
 * @param refusing connections are reset, and so are new ones
 * @param delayMillis how long they are under way, at least
 * @param jitterMillis how much longer at most
 * @param bytesPerSecond of one connection; 0 for as many as come
 * @param resetChance that a connection is reset, for each piece that comes. A stand-in for loss, which a proxy cannot have: TCP hides it
 *     from both ends until it gives up
 */
record Rule(
        boolean hole, boolean refusing, int delayMillis, int jitterMillis, long bytesPerSecond, double resetChance) {
    static final Rule PASS = new Rule(false, false, 0, 0, 0, 0);
    static final Rule HOLE = new Rule(true, false, 0, 0, 0, 0);
    static final Rule REFUSE = new Rule(false, true, 0, 0, 0, 0);

    static Rule delay(int millis, int jitterMillis) {
        return new Rule(false, false, millis, jitterMillis, 0, 0);
    }

    static Rule narrow(long bytesPerSecond) {
        return new Rule(false, false, 0, 0, bytesPerSecond, 0);
    }

    static Rule resets(double chance) {
        return new Rule(false, false, 0, 0, 0, chance);
    }

    /** What two faults at once come to. */
    Rule and(Rule other) {
        long narrowest = bytesPerSecond == 0 || other.bytesPerSecond == 0
                ? Math.max(bytesPerSecond, other.bytesPerSecond)
                : Math.min(bytesPerSecond, other.bytesPerSecond);
        return new Rule(
                hole || other.hole,
                refusing || other.refusing,
                delayMillis + other.delayMillis,
                jitterMillis + other.jitterMillis,
                narrowest,
                Math.max(resetChance, other.resetChance));
    }
}
