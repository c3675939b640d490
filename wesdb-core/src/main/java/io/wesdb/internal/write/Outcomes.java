package io.wesdb.internal.write;

import io.wesdb.ConstraintException;
import io.wesdb.SqlException;
import io.wesdb.TooLargeException;
import io.wesdb.WesDbException;
import io.wesdb.WriteResult;
import io.wesdb.internal.sqlite.CommandOutcome;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import java.util.List;

/** Turns the replica's outcomes into what callers get. */
final class Outcomes {
    private Outcomes() {}

    static void complete(long index, List<PendingWrite> writes, List<CommandOutcome> outcomes) {
        for (int i = 0; i < writes.size(); i++) {
            CommandOutcome outcome = outcomes.get(i);
            if (outcome instanceof Done done) {
                writes.get(i).future.complete(new WriteResult(index, done.results()));
            } else {
                writes.get(i).future.completeExceptionally(exception((Refused) outcome));
            }
        }
    }

    private static WesDbException exception(Refused refused) {
        return switch (refused.kind()) {
            case SQL_ERROR -> new SqlException(refused.message(), refused.sqliteCode(), refused.statementIndex());
            case CONSTRAINT ->
                new ConstraintException(refused.message(), refused.sqliteCode(), refused.statementIndex());
            case TOO_LARGE -> new TooLargeException(refused.message());
        };
    }
}
