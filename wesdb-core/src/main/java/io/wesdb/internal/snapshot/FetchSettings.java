package io.wesdb.internal.snapshot;

/**
 * How a snapshot is fetched.
 *
 * @param chunkBytes how much is asked for at a time; well below half a megabyte, for from there on the JDK's collector
 *     treats each array as a large object
 * @param window how many chunks are asked for in advance
 * @param firstPauseMillis how long to wait when something failed; doubled each time it fails again
 * @param maxPauseMillis the most of it
 * @param maxRetries how often in a row a broken connection to the same source is made again without having brought
 *     anything
 */
public record FetchSettings(int chunkBytes, int window, long firstPauseMillis, long maxPauseMillis, int maxRetries) {
    public FetchSettings {
        if (chunkBytes < 1 || chunkBytes > SnapshotTransfer.MAX_CHUNK_BYTES || window < 1) {
            throw new IllegalArgumentException("chunks of " + chunkBytes + " bytes, " + window + " at a time");
        }
    }

    public static FetchSettings defaults() {
        return new FetchSettings(256 * 1024, 16, 200, 5_000, 5);
    }
}
