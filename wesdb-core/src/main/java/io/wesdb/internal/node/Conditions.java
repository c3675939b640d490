package io.wesdb.internal.node;

import io.wesdb.Precondition;
import io.wesdb.Statement;
import io.wesdb.internal.log.Condition;
import io.wesdb.internal.log.RowsHash;
import io.wesdb.internal.log.SqlStatement;
import io.wesdb.internal.sqlite.ParameterLayout;
import io.wesdb.internal.sqlite.StatementRules;
import java.util.ArrayList;
import java.util.List;

/** Callers' preconditions as the log carries them. Stateless. */
final class Conditions {
    private Conditions() {}

    static List<Condition> of(List<Precondition> preconditions) {
        List<Condition> conditions = new ArrayList<>(preconditions.size());
        for (Precondition precondition : preconditions) {
            if (precondition instanceof Precondition.QueryGives gives) {
                conditions.add(new Condition.QueryGives(query(gives.query()), RowsHash.of(gives.expected())));
            } else if (precondition instanceof Precondition.ExpectIndex expect) {
                conditions.add(new Condition.NothingSince(expect.index()));
            }
        }
        return conditions;
    }

    /** Checked by its text, with its parameters in place. */
    static SqlStatement query(Statement query) {
        StatementRules.checkCondition(query.sql());
        return new SqlStatement(query.sql(), ParameterLayout.of(query.sql()).bind(query));
    }
}
