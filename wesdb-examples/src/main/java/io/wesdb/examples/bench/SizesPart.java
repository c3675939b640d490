package io.wesdb.examples.bench;

import java.util.List;
import java.util.Map;

/** The same writes into a small database and into one that grows, by turns, each of a cluster of its own. */
final class SizesPart implements Part {
    private static final long MEGABYTE = 1_000_000;
    private static final int CALLERS = 256;
    private static final List<String> HEAP = List.of("-Xmx256m");

    private record Size(String name, long bytes) {}

    private static final Size SMALL = new Size("1 MB", MEGABYTE);

    @Override
    public String name() {
        return "sizes";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        List<Size> sizes = bench.plan().quick()
                ? List.of(new Size("10 MB", 10 * MEGABYTE), new Size("100 MB", 100 * MEGABYTE))
                : List.of(new Size("100 MB", 100 * MEGABYTE), new Size("2 GB", 2_000 * MEGABYTE));
        try (Cluster small = bench.newCluster(3, 1, HEAP);
                Cluster growing = bench.newCluster(3, 1, HEAP)) {
            Side one = new Side(small);
            Side other = new Side(growing);
            one.filling.upTo(bench.plan().bytes(SMALL.bytes()));
            for (Size size : sizes) {
                long begun = System.nanoTime();
                other.filling.upTo(bench.plan().bytes(size.bytes()));
                bench.screen().aside(String.format("%s after %.0f s", size.name(), (System.nanoTime() - begun) / 1e9));
                for (Side side : List.of(one, other)) {
                    warm(bench, side);
                }
                for (int round = 1; round <= bench.plan().rounds(); round++) {
                    double ratio = 1 / measure(bench, one, SMALL, "writes", round);
                    ratio *= measure(bench, other, size, "writes", round);
                    bench.results().figure(name(), "writes at " + size.name() + " to 1 MB", "", ratio);
                    double updates = 1 / measure(bench, one, SMALL, "updates", round);
                    updates *= measure(bench, other, size, "updates", round);
                    bench.results().figure(name(), "updates anywhere at " + size.name() + " to 1 MB", "", updates);
                    if (size == sizes.get(sizes.size() - 1) && !bench.plan().quick()) {
                        bench.results().ratio(Target.LARGE_DATABASE, ratio);
                    }
                }
            }
            small.prove(bench.screen());
            growing.prove(bench.screen());
        }
    }

    private static void warm(Bench bench, Side side) throws Exception {
        Map<String, Object> details = bench.load(CALLERS);
        details.put("keys", side.filling.rows());
        bench.warm(side.cluster, side.follower, "writes", details, bench.plan().warmMillis(), 1);
        bench.warm(side.cluster, side.follower, "updates", details, bench.plan().warmMillis() / 2, 0);
    }

    private double measure(Bench bench, Side side, Size size, String job, int round) throws Exception {
        Case what = Case.closed(
                name(), size.name() + ", " + (job.equals("writes") ? "inserts" : "updates anywhere"), CALLERS);
        Map<String, Object> details = bench.load(CALLERS);
        details.put("keys", side.filling.rows());
        int rows = job.equals("writes") ? 1 : 0;
        return bench.measureWrites(what, round, side.cluster, side.follower, job, details, rows)
                .perSecond();
    }

    /** One of the two. */
    private static final class Side {
        private final Cluster cluster;
        private final WorkerProcess follower;
        private final Filling filling;

        Side(Cluster cluster) throws Exception {
            this.cluster = cluster;
            this.follower = cluster.follower();
            this.filling = new Filling(cluster);
        }
    }
}
