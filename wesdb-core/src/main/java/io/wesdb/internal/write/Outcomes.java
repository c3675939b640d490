package io.wesdb.internal.write;

import io.wesdb.ConstraintException;
import io.wesdb.IdempotencyKeyReusedException;
import io.wesdb.PreconditionFailedException;
import io.wesdb.SqlException;
import io.wesdb.TooLargeException;
import io.wesdb.WesDbException;
import io.wesdb.WriteResult;
import io.wesdb.internal.sqlite.CommandOutcome;
import io.wesdb.internal.sqlite.CommandOutcome.Done;
import io.wesdb.internal.sqlite.CommandOutcome.First;
import io.wesdb.internal.sqlite.CommandOutcome.Refused;
import io.wesdb.internal.sqlite.CommandOutcome.Replayed;
import java.util.List;
import java.util.function.Function;

/** Turns the replica's outcomes into what callers get. */
final class Outcomes {
    private Outcomes() {}

    static void complete(long index, List<PendingWrite> writes, List<CommandOutcome> outcomes) {
        for (int i = 0; i < writes.size(); i++) {
            CommandOutcome outcome = outcomes.get(i);
            if (outcome instanceof Replayed earlier) {
                complete(
                        writes.get(i),
                        earlier.first(),
                        done -> new WriteResult(earlier.index(), done.results(), true, earlier.rowsOmitted()));
            } else if (outcome instanceof First first) {
                complete(writes.get(i), first, done -> new WriteResult(index, done.results()));
            }
        }
    }

    private static void complete(PendingWrite write, First outcome, Function<Done, WriteResult> result) {
        if (outcome instanceof Done done) {
            write.future.complete(result.apply(done));
        } else if (outcome instanceof Refused refused) {
            write.future.completeExceptionally(exception(refused));
        }
    }

    private static WesDbException exception(Refused refused) {
        return switch (refused.kind()) {
            case SQL_ERROR -> new SqlException(refused.message(), refused.sqliteCode(), refused.statementIndex());
            case CONSTRAINT ->
                new ConstraintException(refused.message(), refused.sqliteCode(), refused.statementIndex());
            case TOO_LARGE -> new TooLargeException(refused.message());
            case PRECONDITION_FAILED -> new PreconditionFailedException(refused.message());
            case KEY_REUSED -> new IdempotencyKeyReusedException(refused.message());
        };
    }
}
