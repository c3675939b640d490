package io.wesdb.internal.log;

/**
 * A batch as bytes, made by its origin and passed on untouched: through the forwarding, into the entry.
 *
 * @param session the batch's session
 * @param sequence its number in the session
 * @param commandCount how many commands are in it
 * @param alone whether it must have an entry to itself (a statement like VACUUM that cannot share a transaction)
 * @param bytes what {@link BatchCodec} wrote; not to be modified
 */
public record EncodedBatch(SessionId session, long sequence, int commandCount, boolean alone, byte[] bytes) {}
