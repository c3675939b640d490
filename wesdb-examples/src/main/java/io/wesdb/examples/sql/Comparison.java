package io.wesdb.examples.sql;

import io.wesdb.examples.sql.Outcome.Done;
import io.wesdb.examples.sql.Outcome.Refused;
import io.wesdb.examples.sql.Outcome.Result;
import java.util.List;
import java.util.Optional;

/** Tells whether what wesdb gave is what it should have given. Stateless. */
final class Comparison {
    private Comparison() {}

    /** What is wrong with it, for a person; empty if nothing is. */
    static Optional<String> command(Step.Command command, Outcome bare, Outcome wesdb) {
        if (!command.expectation().isShared()) {
            return refusal(command.expectation(), wesdb);
        }
        // The order of RETURNING's rows is not defined, nor is that of a SELECT among writes.
        return shared(command.expectation(), bare, wesdb, false);
    }

    /** As {@link #command}. */
    static Optional<String> query(Step.Query query, Outcome bare, Outcome wesdb) {
        return query.expectation().isShared()
                ? shared(query.expectation(), bare, wesdb, query.ordered())
                : refusal(query.expectation(), wesdb);
    }

    private static Optional<String> refusal(Step.Expectation expectation, Outcome wesdb) {
        String kind = switch (expectation) {
            case NOT_A_QUERY -> "NotAQueryException";
            case MALFORMED -> "InvalidRequestException";
            default -> "SqlException";
        };
        boolean refused = wesdb instanceof Refused refusal && refusal.kind().equals(kind) && refusal.code() == 0;
        return refused
                ? Optional.empty()
                : Optional.of("should be refused with " + kind + " and code 0, but: " + shown(wesdb));
    }

    private static Optional<String> shared(Step.Expectation expectation, Outcome bare, Outcome wesdb, boolean ordered) {
        boolean equal;
        if (bare instanceof Refused there && wesdb instanceof Refused here) {
            boolean code = here.code() == there.code()
                    || (expectation == Step.Expectation.SAME_BUT_FOR_CODE && here.code() == 0 && there.code() == 1);
            // The driver puts its own words around SQLite's message. Where a statement has several faults, which one is
            // named
            // hangs on what the connection has in memory of the schema.
            boolean message =
                    here.code() == 0 || here.code() == 1 || there.message().contains(here.message());
            equal = code && message && here.kind().equals(there.kind()) && here.statement() == there.statement();
        } else if (bare instanceof Done there && wesdb instanceof Done here) {
            equal = ordered ? there.equals(here) : sorted(there).equals(sorted(here));
        } else {
            equal = false;
        }
        return equal ? Optional.empty() : Optional.of("SQLite: " + shown(bare) + "\n wesdb: " + shown(wesdb));
    }

    private static List<Result> sorted(Done done) {
        return done.results().stream().map(Result::sorted).toList();
    }

    private static String shown(Outcome outcome) {
        StringBuilder text = new StringBuilder();
        if (outcome instanceof Done done) {
            for (Result result : done.results()) {
                text.append("\n    ")
                        .append(result.changed())
                        .append(" changed, rowid ")
                        .append(result.rowId());
                if (!result.columns().isEmpty()) {
                    text.append(", ")
                            .append(result.rows().size())
                            .append(" rows of ")
                            .append(result.columns());
                }
                result.rows().stream()
                        .limit(50)
                        .forEach(row -> text.append("\n      ").append(Value.shortened(row)));
            }
            return text.toString();
        }
        return outcome.toString();
    }
}
