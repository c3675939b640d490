package io.wesdb.examples.bench;

import io.wesdb.examples.LeaderChanges;

/** What callers over HTTP wait when the leader hands over, stops in order, or is killed. */
final class ChangesPart implements Part {
    private static final String STOPPED_IN_ORDER = "leader restarted";

    @Override
    public String name() {
        return "changes";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        boolean quick = bench.plan().quick();
        LeaderChanges.measure(bench.screen(), quick ? 5 : 10, quick ? 2 : 5, quick ? 2 : 5)
                .forEach((what, waits) -> {
                    for (double millis : waits) {
                        bench.results().figure(name(), what, "ms", millis);
                        if (what.startsWith(STOPPED_IN_ORDER)) {
                            bench.results().ratio(Target.ORDERLY_STOP, millis);
                        }
                    }
                });
    }
}
