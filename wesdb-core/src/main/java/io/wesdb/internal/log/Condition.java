package io.wesdb.internal.log;

/** What must hold for a command to be executed, judged when it is applied, on content and log alone (I3). */
public sealed interface Condition {
    /** No command of a user has been executed since the entry at {@code index}. */
    record NothingSince(long index) implements Condition {}

    /** The query gives just these rows. */
    record QueryGives(SqlStatement query, RowsHash rows) implements Condition {}
}
