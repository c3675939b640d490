package io.wesdb.internal.snapshot;

/**
 * The bounds on giving snapshots (I12).
 *
 * @param maxTransfers how many nodes may be given one at a time
 * @param maxBytesPerSecond how fast chunks are given, to all together; 0 for no bound, else at least 1,000,000, or what a
 *     node asks for at a time would take longer than it waits for
 * @param copyBytesPerSecond how fast the file is copied, where it is; 0 for no bound. Pacing it blocks the copying lane, so in a
 *     simulation, where all lanes share one thread, there must be no bound
 * @param maxPinnedWalBytes when the write-ahead log is larger, a snapshot that is the file itself becomes a copy
 * @param watchMillis how often that is looked at
 * @param reuseMillis how old a snapshot may be that is offered to another node, if none is taking it at the moment
 * @param keepMillis how long a snapshot, and a node's place, are kept without being used, so that a transfer can be resumed
 * @param minFreeBytes what must be free on the disk beside a copy
 * @param retryAfterMillis what a node that finds this one busy is told
 * @param closeMillis how long closing may take
 */
public record SnapshotSettings(
        int maxTransfers,
        long maxBytesPerSecond,
        long copyBytesPerSecond,
        long maxPinnedWalBytes,
        long watchMillis,
        long reuseMillis,
        long keepMillis,
        long minFreeBytes,
        long retryAfterMillis,
        long closeMillis) {
    private static final long MIN_BYTES_PER_SECOND = 1_000_000;

    public SnapshotSettings {
        if (maxTransfers < 1 || (maxBytesPerSecond != 0 && maxBytesPerSecond < MIN_BYTES_PER_SECOND)) {
            throw new IllegalArgumentException(
                    maxTransfers + " transfers at a time, " + maxBytesPerSecond + " bytes a second");
        }
    }

    public static SnapshotSettings defaults() {
        return new SnapshotSettings(2, 0, 0, 96L * 1024 * 1024, 250, 30_000, 60_000, 64L * 1024 * 1024, 1_000, 5_000);
    }

    public SnapshotSettings withMaxTransfers(int max) {
        return new SnapshotSettings(
                max,
                maxBytesPerSecond,
                copyBytesPerSecond,
                maxPinnedWalBytes,
                watchMillis,
                reuseMillis,
                keepMillis,
                minFreeBytes,
                retryAfterMillis,
                closeMillis);
    }

    public SnapshotSettings withMaxBytesPerSecond(long max) {
        return new SnapshotSettings(
                maxTransfers,
                max,
                copyBytesPerSecond,
                maxPinnedWalBytes,
                watchMillis,
                reuseMillis,
                keepMillis,
                minFreeBytes,
                retryAfterMillis,
                closeMillis);
    }

    public SnapshotSettings withCopyBytesPerSecond(long max) {
        return new SnapshotSettings(
                maxTransfers,
                maxBytesPerSecond,
                max,
                maxPinnedWalBytes,
                watchMillis,
                reuseMillis,
                keepMillis,
                minFreeBytes,
                retryAfterMillis,
                closeMillis);
    }

    public SnapshotSettings withKeeping(long reuse, long keep) {
        return new SnapshotSettings(
                maxTransfers,
                maxBytesPerSecond,
                copyBytesPerSecond,
                maxPinnedWalBytes,
                watchMillis,
                reuse,
                keep,
                minFreeBytes,
                retryAfterMillis,
                closeMillis);
    }

    public SnapshotSettings withMinFreeBytes(long min) {
        return new SnapshotSettings(
                maxTransfers,
                maxBytesPerSecond,
                copyBytesPerSecond,
                maxPinnedWalBytes,
                watchMillis,
                reuseMillis,
                keepMillis,
                min,
                retryAfterMillis,
                closeMillis);
    }

    public SnapshotSettings withMaxPinnedWalBytes(long max) {
        return new SnapshotSettings(
                maxTransfers,
                maxBytesPerSecond,
                copyBytesPerSecond,
                max,
                watchMillis,
                reuseMillis,
                keepMillis,
                minFreeBytes,
                retryAfterMillis,
                closeMillis);
    }
}
