package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Recovery;
import io.wesdb.examples.NodeClient.Status;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A new node's way from its launch to being ready, as its {@code /status} tells it, and what the writers did meanwhile.
 *
 * @param source who gave the snapshot
 * @param transferSeconds from the request for a snapshot to its last byte
 * @param bytesSeconds from the offer to the last byte
 * @param restSeconds from then until it was ready
 * @param starting what was written before the transfer, {@code transfer} during it, {@code rest} after it
 * @param giversHeap in MB, when half of it had come
 */
record Arrival(
        String source,
        long totalBytes,
        double readySeconds,
        double transferSeconds,
        double bytesSeconds,
        double restSeconds,
        Stretch.Summary starting,
        Stretch.Summary transfer,
        Stretch.Summary rest,
        long receiversHeap,
        long giversHeap) {
    private static final int POLL_MILLIS = 10;
    private static final long PATIENCE_SECONDS = 1_800;

    /** Launches the node and returns when it is ready. */
    static Arrival of(DemoNode node, Fleet fleet, Load load) throws IOException, InterruptedException {
        return new Watch(node, fleet, load).watch();
    }

    /** For one thread. */
    private static final class Watch {
        private final DemoNode node;
        private final Fleet fleet;
        private final Load load;
        private final long launched = System.nanoTime();
        private @Nullable Recovery latest;
        private long asked;
        private long offered;
        private long fetched;
        private Stretch.@Nullable Summary starting;
        private Stretch.@Nullable Summary transfer;
        private @Nullable CompletableFuture<long[]> heaps;

        Watch(DemoNode node, Fleet fleet, Load load) {
            this.node = node;
            this.fleet = fleet;
            this.load = load;
        }

        Arrival watch() throws IOException, InterruptedException {
            load.mark();
            node.launch();
            CompletableFuture<Void> ready = CompletableFuture.runAsync(() -> awaitReady(node));
            while (!ready.isDone()) {
                look();
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            }
            ready.join();
            long now = System.nanoTime();
            Recovery last = latest;
            if (last == null || starting == null || transfer == null || heaps == null) {
                throw new IOException(node.name() + " fetched no snapshot; its log:\n" + node.readLog());
            }
            long[] megabytes = heaps.join();
            return new Arrival(
                    String.valueOf(last.source()),
                    last.totalBytes(),
                    seconds(launched, now),
                    seconds(asked, fetched),
                    seconds(offered, fetched),
                    seconds(fetched, now),
                    starting,
                    transfer,
                    load.lap(),
                    megabytes[0],
                    megabytes[1]);
        }

        private static void awaitReady(DemoNode node) {
            try {
                node.awaitReady(PATIENCE_SECONDS);
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private void look() throws InterruptedException {
            try {
                Status status = node.client().status();
                Recovery recovery = status.recovery();
                if (recovery != null && recovery.phase().equals("fetching")) {
                    fetching(recovery);
                } else if (starting != null && transfer == null) {
                    fetched = System.nanoTime();
                    transfer = load.lap();
                }
            } catch (IOException e) {
                return; // it does not listen yet
            }
        }

        private void fetching(Recovery recovery) {
            if (starting == null) {
                asked = System.nanoTime();
                starting = load.lap();
            }
            if (recovery.totalBytes() > 0) {
                latest = recovery;
                offered = offered == 0 ? System.nanoTime() : offered;
            }
            if (heaps == null && recovery.totalBytes() > 0 && recovery.receivedBytes() >= recovery.totalBytes() / 2) {
                String source = String.valueOf(recovery.source());
                heaps = CompletableFuture.supplyAsync(() -> heaps(source));
            }
        }

        private long[] heaps(String source) {
            long[] megabytes = new long[2];
            try {
                megabytes[0] = Memory.heapMegabytes(node.pid());
                for (DemoNode giver : fleet.nodes()) {
                    if (giver.name().equals(source)) {
                        megabytes[1] = Memory.heapMegabytes(giver.pid());
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return megabytes;
        }

        private static double seconds(long from, long to) {
            return (to - from) / 1e9;
        }
    }
}
