package io.wesdb.examples.bench;

import io.wesdb.examples.NodeClient;
import io.wesdb.examples.NodeClient.Recovery;
import io.wesdb.examples.NodeClient.Status;
import io.wesdb.examples.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A node's way from the launch of its process to being ready, as its {@code /status} tells it. For one thread. */
final class Joining {
    private static final int POLL_MILLIS = 5;
    /** While it fetches: asking takes processor time that it could use. */
    private static final int SELDOM_MILLIS = 20;

    private final long launched = System.nanoTime();
    private long openedApplied;
    private long opened;
    private long asked;
    private long fetched;
    private long bytes;
    private long caughtUp;
    private long ready;

    private Joining() {}

    /** Launches the node and returns when it serves. @param head up to which it has to come */
    static Joining of(Cluster cluster, String name, long head) throws IOException, InterruptedException {
        try (Ports ports = new Ports()) {
            int port = ports.reserve();
            HttpClient http =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
            NodeClient client = new NodeClient(http, "http://127.0.0.1:" + port);
            Joining joining = new Joining();
            WorkerProcess node = cluster.launch(name, port);
            CompletableFuture<Void> serving = CompletableFuture.runAsync(() -> {
                try {
                    node.awaitReady();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            while (!serving.isDone()) {
                joining.look(client, head);
                boolean fetching = joining.asked > 0 && joining.fetched == 0;
                TimeUnit.MILLISECONDS.sleep(fetching ? SELDOM_MILLIS : POLL_MILLIS);
            }
            serving.join();
            joining.ready = System.nanoTime();
            return joining;
        }
    }

    private void look(NodeClient client, long head) throws InterruptedException {
        try {
            Status status = client.status();
            long now = System.nanoTime();
            Recovery recovery = status.recovery();
            if (recovery != null && recovery.phase().equals("fetching")) {
                asked = asked == 0 ? now : asked;
                bytes = Math.max(bytes, recovery.totalBytes());
            } else if (asked > 0 && fetched == 0) {
                fetched = now;
            }
            if (status.applied() > 0 && opened == 0) {
                opened = now;
                openedApplied = status.applied();
            }
            if (status.applied() >= head && caughtUp == 0) {
                caughtUp = now;
            }
        } catch (IOException e) {
            return; // it does not listen yet
        }
    }

    boolean fetchedSnapshot() {
        return asked > 0;
    }

    /** Of the snapshot. */
    long bytes() {
        return bytes;
    }

    double readySeconds() {
        return seconds(launched, ready);
    }

    /** From the request for a snapshot to its last byte. */
    double transferSeconds() {
        return seconds(asked, fetched == 0 ? ready : fetched);
    }

    /** From the request for a snapshot until the node serves. */
    double bootstrapSeconds() {
        return seconds(asked, ready);
    }

    /** Entries applied a second, from when its file was seen open; not a number if that was too late to tell. */
    double entriesPerSecond(long head) {
        long end = caughtUp == 0 ? ready : caughtUp;
        return opened == 0 || openedApplied >= head || end == opened
                ? Double.NaN
                : (head - openedApplied) / seconds(opened, end);
    }

    private static double seconds(long from, long to) {
        return (to - from) / 1e9;
    }
}
