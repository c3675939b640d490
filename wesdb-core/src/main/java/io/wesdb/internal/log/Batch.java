package io.wesdb.internal.log;

import java.util.List;

/**
 * Commands of one session that travel together and are executed together, in order, at most once.
 *
 * @param session where it comes from
 * @param sequence its number in the session, from 1; a batch whose number is not above the last one executed for its
 *     session is skipped
 * @param seed 64 random bits chosen by the origin; the random numbers of each command are derived from it and the
 *     command's place in the batch, so they do not depend on what else is in the entry
 * @param commands at least one
 */
public record Batch(SessionId session, long sequence, long seed, List<Command> commands) {
    public Batch {
        commands = List.copyOf(commands);
    }
}
