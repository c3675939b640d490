package io.wesdb.internal.sqlite;

/**
 * How an {@link Applier} makes durable what it has applied.
 *
 * @param checkpointMillis how often the write-ahead log is moved into the file, which bounds its size
 * @param syncMillis how often the write-ahead log is synced to disk
 * @param syncEntries it is synced sooner when so many entries have been applied since
 * @param syncBytes or entries of so many bytes
 */
public record ApplierSettings(long checkpointMillis, long syncMillis, int syncEntries, long syncBytes) {
    public static ApplierSettings defaults() {
        return new ApplierSettings(5_000, 1_000, 1_024, 16L * 1024 * 1024);
    }
}
