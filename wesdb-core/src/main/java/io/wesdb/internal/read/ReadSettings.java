package io.wesdb.internal.read;

import io.wesdb.internal.sqlite.ReadLimits;
import java.time.Duration;

/**
 * Bounds of the {@link ReadGateway}.
 *
 * @param timeout for queries whose options do not say otherwise, and for how long anything waits for its turn
 * @param openReadTimeout for streams and read transactions whose options do not say otherwise
 * @param resultLimits of a result that is not streamed
 * @param maxPending asynchronous reads that have not ended
 */
public record ReadSettings(Duration timeout, Duration openReadTimeout, ReadLimits resultLimits, int maxPending) {}
