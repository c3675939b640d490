package io.wesdb.internal.log;

import java.util.HexFormat;

/**
 * One life of one node as an origin of writes: 128 random bits, made at its start. Batches of a session are numbered;
 * the replicated state remembers the last number it executed for each session, which is what makes it safe to send a
 * batch again (I5).
 *
 * @param high the first 64 bits
 * @param low the last 64 bits
 */
public record SessionId(long high, long low) {
    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(high) + hex.toHexDigits(low);
    }
}
