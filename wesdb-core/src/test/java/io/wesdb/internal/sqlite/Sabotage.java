package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import org.sqlite.Function;

/** Makes one node's replica go wrong, as a fault of its hardware or of its library would. */
public final class Sabotage {
    private Sabotage() {}

    /** {@code upper()} gives something else on this replica only. */
    public static void upper(Replica replica) {
        try {
            Function.create(
                    replica.sqlite(),
                    "upper",
                    new Function() {
                        @Override
                        protected void xFunc() throws SQLException {
                            result("wrong");
                        }
                    },
                    1,
                    Function.FLAG_DETERMINISTIC);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
