package io.wesdb.examples.bench;

/**
 * A stretch of a case, and what it cost.
 *
 * @param cpuNanos of all processes that took part, over the whole load; 0 if not looked at
 * @param commands that went into the log; 0 if not looked at
 * @param logBytes in ZooKeeper's log for it; 0 if not looked at
 * @param entries in the log for it
 */
record Observation(
        Case what, int round, Measured measured, long cpuNanos, long commands, double logBytes, long entries) {
    double perSecond() {
        return measured.perSecond();
    }

    double p50Micros() {
        return measured.micros(50);
    }

    double cpuMicrosEach() {
        return measured.acknowledged() == 0 ? 0 : cpuNanos / 1e3 / measured.acknowledged();
    }

    double bytesEach() {
        return commands == 0 ? 0 : logBytes / commands;
    }

    double inAnEntry() {
        return entries == 0 ? 0 : (double) commands / entries;
    }
}
