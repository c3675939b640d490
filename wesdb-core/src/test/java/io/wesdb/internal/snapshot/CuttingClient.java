package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Lane;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Simulated connections to services: answers take time, overtake each other, and a connection breaks when the seed says so.
 * Everything happens on the lanes of a simulation.
 */
final class CuttingClient implements SnapshotClient {
    final Map<String, SnapshotService> services = new HashMap<>();
    final List<String> connects = new ArrayList<>();
    final List<String> resumed = new ArrayList<>();
    /** What it would take to break: one chunk in so many; 0 for never. */
    int cutOneIn;

    long bytesServed;
    int open;
    private final Lane lane;
    private final Random random;

    CuttingClient(Lane lane, Random random) {
        this.lane = lane;
        this.random = random;
    }

    @Override
    public CompletableFuture<SnapshotTransfer> connect(String address) {
        connects.add(address);
        SnapshotService service = services.get(address);
        return later(
                service == null
                        ? CompletableFuture.failedFuture(new IOException("nobody listens"))
                        : CompletableFuture.supplyAsync(() -> new Connection(service.begin("me")), lane));
    }

    private <T> CompletableFuture<T> later(CompletableFuture<T> answer) {
        CompletableFuture<T> late = new CompletableFuture<>();
        answer.whenComplete((value, failure) -> lane.schedule(1 + random.nextInt(20), () -> {
            if (failure == null) {
                late.complete(value);
            } else {
                late.completeExceptionally(failure);
            }
        }));
        return late;
    }

    @Override
    public void close() {}

    private final class Connection implements SnapshotTransfer {
        private final SnapshotTransfer to;
        private boolean broken;

        Connection(SnapshotTransfer to) {
            this.to = to;
            open++;
        }

        private <T> CompletableFuture<T> over(CompletableFuture<T> answer) {
            return later(answer)
                    .thenCompose(value -> broken
                            ? CompletableFuture.<T>failedFuture(new IOException("broken"))
                            : CompletableFuture.completedFuture(value));
        }

        @Override
        public CompletableFuture<SnapshotOffer> offer(long minIndex, @Nullable String resumeId) {
            if (resumeId != null) {
                resumed.add(resumeId);
            }
            return over(to.offer(minIndex, resumeId));
        }

        @Override
        public CompletableFuture<byte[]> chunk(String snapshotId, long offset, int length) {
            if (cutOneIn > 0 && random.nextInt(cutOneIn) == 0) {
                broken = true;
            }
            bytesServed += length;
            return over(to.chunk(snapshotId, offset, length));
        }

        @Override
        public void close() {
            open--;
            broken = true;
            to.close();
        }
    }
}
