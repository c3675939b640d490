package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.snapshot.SnapshotFetch.Progress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells how far a fetch has got: to whoever asks, and in the log's lines. Owned by the fetch's lane, but for reading. */
final class FetchProgress {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFetch.class);
    private static final long TELL_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final double MEGA = 1_000_000;

    private final Clock clock;
    private volatile @Nullable Progress latest;
    private long begunAt;
    private long begunBytes;
    private long toldAt;
    private long toldTenths;

    FetchProgress(Clock clock) {
        this.clock = clock;
    }

    @Nullable Progress latest() {
        return latest;
    }

    void begun(String source, SnapshotOffer offer, long received) {
        begunAt = clock.nanos();
        begunBytes = received;
        toldAt = begunAt;
        update(source, offer, received);
        toldTenths = tenths(offer, received);
        LOG.info(
                "fetching the snapshot of index {} from {}: {} MB, {} of them here already",
                offer.index(),
                source,
                mega(offer.lengthBytes()),
                mega(received));
    }

    void received(String source, SnapshotOffer offer, long received) {
        update(source, offer, received);
        long now = clock.nanos();
        if (tenths(offer, received) > toldTenths || now - toldAt >= TELL_NANOS) {
            toldAt = now;
            toldTenths = tenths(offer, received);
            LOG.info(
                    "fetched {} of {} MB of the snapshot from {}, {} MB/s",
                    mega(received),
                    mega(offer.lengthBytes()),
                    source,
                    rate(received, now));
        }
    }

    void finished(String source, SnapshotOffer offer) {
        long now = clock.nanos();
        LOG.info(
                "fetched the snapshot of index {} from {}: {} MB in {} ms, {} MB/s",
                offer.index(),
                source,
                mega(offer.lengthBytes()),
                TimeUnit.NANOSECONDS.toMillis(now - begunAt),
                rate(offer.lengthBytes(), now));
    }

    private void update(String source, SnapshotOffer offer, long received) {
        latest = new Progress(source, offer.index(), received, offer.lengthBytes());
    }

    private static long tenths(SnapshotOffer offer, long received) {
        return received / Math.max(1, offer.lengthBytes() / 10);
    }

    private static long mega(long bytes) {
        return Math.round(bytes / MEGA);
    }

    private long rate(long received, long now) {
        double seconds = Math.max(1, now - begunAt) / 1e9;
        return Math.round((received - begunBytes) / MEGA / seconds);
    }
}
