package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.Batch;
import io.wesdb.internal.log.Command;
import io.wesdb.internal.log.Entry;
import java.util.List;

/**
 * What became of an entry's batches, in order.
 *
 * @param upkeep what it held of the commands by which wesdb keeps nodes in good order
 */
public record EntryOutcome(long index, List<BatchOutcome> batches, Upkeep upkeep) {
    /** Whether an entry has changed what the statistics tell of. */
    public enum Upkeep {
        /** It held users' commands, and perhaps others. */
        NONE,
        /** Nothing but commands that change nothing. */
        NOTHING_CHANGED,
        /** Nothing but these and {@link OptimizeCommand}. */
        OPTIMIZED
    }

    /** Whether it is not one of those by which wesdb keeps nodes in good order. */
    static boolean isUsers(Command command) {
        return !OptimizeCommand.is(command) && !VerifyCommand.is(command);
    }

    static Upkeep upkeepIn(Entry entry) {
        Upkeep found = Upkeep.NOTHING_CHANGED;
        for (Batch batch : entry.batches()) {
            for (Command command : batch.commands()) {
                if (OptimizeCommand.is(command)) {
                    found = Upkeep.OPTIMIZED;
                } else if (!VerifyCommand.is(command)) {
                    return Upkeep.NONE;
                }
            }
        }
        return found;
    }
}
