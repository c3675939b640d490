package io.wesdb.internal.log;

/**
 * What a client calls a command. It travels with a hash of all that the command asks for, made by its origin, so that
 * no node must hash while it applies.
 *
 * @param text the key
 * @param bodyHigh the first half of the hash, see {@link BatchCodec#key}
 * @param bodyLow the other half
 */
public record IdempotencyKey(String text, long bodyHigh, long bodyLow) {}
