package io.wesdb.examples.bench;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** New nodes get a large database from another one, beside copying the file and syncing the copy. */
final class BootstrapPart implements Part {
    private static final long MEGABYTE = 1_000_000;
    private static final int CALLERS = 64;
    private static final int MOST_ROUNDS = 3;
    private static final int MOST_STRETCHES = 200;

    @Override
    public String name() {
        return "bootstrap";
    }

    @Override
    public boolean inQuick() {
        return false;
    }

    @Override
    public void run(Bench bench) throws Exception {
        bench.endCluster();
        long size = bench.plan().bytes((bench.plan().quick() ? 100 : 1_000) * MEGABYTE);
        try (Cluster cluster = bench.newCluster(3, 1)) {
            new Filling(cluster).upTo(size);
            truncate(bench, cluster);
            Path file = cluster.database(cluster.leader().name());
            for (int round = 1; round <= Math.min(MOST_ROUNDS, bench.plan().rounds()); round++) {
                double copy = copySeconds(file, bench.directory().resolve("copy"));
                String name = "new" + round;
                Joining joining = Joining.of(cluster, name, cluster.head());
                copy = Math.min(copy, copySeconds(file, bench.directory().resolve("copy")));
                record(bench, joining, Files.size(file), copy);
                cluster.leave(cluster.nodes().get(cluster.nodes().size() - 1));
                Files.deleteIfExists(cluster.database(name));
            }
            cluster.prove(bench.screen());
        }
    }

    /** A new node is to need a snapshot. */
    private static void truncate(Bench bench, Cluster cluster) throws Exception {
        WorkerProcess follower = cluster.follower();
        for (int i = 0; !cluster.isTruncated(); i++) {
            if (i == MOST_STRETCHES) {
                throw new IOException("the first entry does not leave the log");
            }
            bench.warm(
                    cluster,
                    follower,
                    "writes",
                    bench.load(CALLERS),
                    bench.plan().millis(),
                    1);
        }
        cluster.awaitApplied();
    }

    private static double copySeconds(Path file, Path copy) throws IOException {
        long begun = System.nanoTime();
        Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel channel = FileChannel.open(copy, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        Files.delete(copy);
        return seconds;
    }

    private void record(Bench bench, Joining joining, long fileBytes, double copySeconds) {
        Results results = bench.results();
        if (!joining.fetchedSnapshot()) {
            bench.screen().say("The new node came to its content without a snapshot, or too fast to be seen.");
            return;
        }
        double megabytes = (double) fileBytes / MEGABYTE;
        double copied = megabytes / copySeconds;
        double transferred = megabytes / joining.transferSeconds();
        double served = megabytes / joining.bootstrapSeconds();
        results.figure(name(), "cp and fsync", "MB/s", copied);
        results.figure(name(), "transfer, the giver's copy of its file included", "MB/s", transferred);
        results.figure(name(), "until the node serves", "MB/s", served);
        results.figure(name(), "transfer to cp", "", transferred / copied);
        results.ratio(Target.BOOTSTRAP, served / copied);
    }
}
