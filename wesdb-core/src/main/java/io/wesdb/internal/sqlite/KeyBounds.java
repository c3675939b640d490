package io.wesdb.internal.sqlite;

import java.util.concurrent.TimeUnit;

/**
 * How long, and how many, keys are remembered. What is forgotten is part of the content, so these are the same on every
 * node (I3): constants, which only a new format may change.
 *
 * @param windowMillis by the entries' time, never by a node's clock
 * @param maxKeys the oldest beyond are forgotten
 * @param maxBytes of the keys with their outcomes; beyond, first the rows of the oldest outcomes are forgotten, then, if
 *     that is not enough, the oldest keys
 * @param maxOutcomeBytes of one outcome with rows; a larger one is remembered without
 */
record KeyBounds(long windowMillis, long maxKeys, long maxBytes, int maxOutcomeBytes) {
    static final KeyBounds STANDARD =
            new KeyBounds(TimeUnit.HOURS.toMillis(24), 500_000, 128L * 1024 * 1024, 64 * 1024);
}
