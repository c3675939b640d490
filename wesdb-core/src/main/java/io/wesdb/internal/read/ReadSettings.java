package io.wesdb.internal.read;

import java.time.Duration;

/**
 * Bounds of the {@link ReadGateway}.
 *
 * @param timeout for queries whose options do not say otherwise
 * @param maxResultBytes of a result that is not streamed
 * @param maxPending asynchronous queries that have not ended
 */
public record ReadSettings(Duration timeout, long maxResultBytes, int maxPending) {}
