package io.wesdb.examples.sql;

/**
 * What one chapter has and another has not, since it changes how everything else is done. Immutable.
 *
 * @param deferred deferred foreign keys: wesdb then applies every command in a transaction of its own
 * @param counted whether SQL asks for changes() and total_changes(); then there is no FTS5, which writes what it has gathered
 *     to tables of its own whenever a savepoint is set, and by that changes what they give: SQLite's own behaviour, in which
 *     the savepoints around wesdb's commands show
 */
record Features(boolean deferred, boolean counted) {
    static Features any(Dice dice) {
        return new Features(dice.percent(35), dice.percent(50));
    }
}
