package io.wesdb.internal.sqlite;

/**
 * How an {@link Applier} makes durable what it has applied, and keeps the write-ahead log small.
 *
 * @param checkpointMillis how often the write-ahead log is moved into the file
 * @param syncMillis how often the write-ahead log is synced to disk
 * @param syncEntries it is synced sooner when so many entries have been applied since
 * @param syncBytes or entries of so many bytes
 * @param maxWalBytes when its file is larger, readers are cut off so that it can be begun anew
 * @param reliefMillis after how long that is tried again where it was in vain; longer each time
 */
public record ApplierSettings(
        long checkpointMillis, long syncMillis, int syncEntries, long syncBytes, long maxWalBytes, long reliefMillis) {
    public static ApplierSettings defaults() {
        return syncing(5_000, 1_000, 1_024, 16L * 1024 * 1024);
    }

    public static ApplierSettings syncing(long checkpointMillis, long syncMillis, int syncEntries, long syncBytes) {
        return new ApplierSettings(checkpointMillis, syncMillis, syncEntries, syncBytes, 1024L * 1024 * 1024, 1_000);
    }

    public ApplierSettings withMaxWalBytes(long bytes) {
        return new ApplierSettings(checkpointMillis, syncMillis, syncEntries, syncBytes, bytes, reliefMillis);
    }
}
