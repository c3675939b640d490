package io.wesdb.internal.sqlite;

import java.util.List;

/** What became of an entry's batches, in order. */
public record EntryOutcome(long index, List<BatchOutcome> batches) {}
