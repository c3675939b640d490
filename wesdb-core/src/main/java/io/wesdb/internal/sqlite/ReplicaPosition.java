package io.wesdb.internal.sqlite;

/**
 * How far a replica has got.
 *
 * @param applied the index of the last entry applied; 0 for none
 * @param epoch that entry's epoch
 * @param timeMillis that entry's time: the next entry's must not be less
 */
public record ReplicaPosition(long applied, long epoch, long timeMillis) {}
