package io.wesdb.internal.sqlite;

import io.wesdb.internal.log.SessionId;
import java.util.List;

/**
 * What became of a batch when its entry was applied.
 *
 * @param session the batch's session
 * @param sequence the batch's number in it
 * @param duplicate whether it was skipped because its number was not above the last one executed for its session
 * @param outcomes one a command; empty for a duplicate
 */
public record BatchOutcome(SessionId session, long sequence, boolean duplicate, List<CommandOutcome> outcomes) {}
