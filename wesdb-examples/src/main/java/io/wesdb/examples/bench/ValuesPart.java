package io.wesdb.examples.bench;

import java.util.List;
import java.util.Map;

/** Rows with a small, a larger and a large value, beside sqlite-jdbc alone. */
final class ValuesPart implements Part {
    private static final List<Size> SIZES =
            List.of(new Size("100 B", 100, 64), new Size("10 KB", 10_000, 64), new Size("1 MB", 1_000_000, 8));
    private static final double MEGABYTE = 1e6;

    private record Size(String name, int bytes, int callers) {}

    @Override
    public String name() {
        return "values";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        try (Cluster cluster = bench.newCluster(3, 1)) {
            WorkerProcess follower = cluster.follower();
            for (Size size : SIZES) {
                bench.warm(
                        cluster,
                        follower,
                        "writes",
                        details(bench, size),
                        bench.plan().warmMillis() / 2,
                        1);
            }
            for (int round = 1; round <= bench.plan().rounds(); round++) {
                for (Size size : SIZES) {
                    Case what = Case.closed(name(), size.name() + ", wesdb through a follower", size.callers());
                    Observation wesdb =
                            bench.measureWrites(what, round, cluster, follower, "writes", details(bench, size), 1);
                    Case alone = Case.closed(name(), size.name() + ", sqlite-jdbc, autocommit FULL", 1);
                    Observation plain =
                            bench.measure(alone, round, bench.bare(), "sqlite-inserts", details(bench, size));
                    bench.results()
                            .figure(
                                    name(),
                                    size.name() + ", wesdb",
                                    "MB/s",
                                    wesdb.perSecond() * size.bytes() / MEGABYTE);
                    bench.results()
                            .figure(
                                    name(),
                                    size.name() + ", sqlite-jdbc",
                                    "MB/s",
                                    plain.perSecond() * size.bytes() / MEGABYTE);
                }
            }
            cluster.prove(bench.screen());
        }
    }

    private static Map<String, Object> details(Bench bench, Size size) {
        Map<String, Object> details = bench.load(size.callers());
        details.put("bytes", size.bytes());
        return details;
    }
}
