package io.wesdb.internal.snapshot;

/**
 * A snapshot that a node holds ready.
 *
 * @param id names it on the node that made it; the same id always means the same bytes
 * @param index the index up to which it has applied the log
 * @param lengthBytes the length of the file
 * @param checksum CRC32C of the file
 */
public record SnapshotOffer(String id, long index, long lengthBytes, int checksum) {}
