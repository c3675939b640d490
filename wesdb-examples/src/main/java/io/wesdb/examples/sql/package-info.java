/**
 * wesdb and bare SQLite side by side: generated workloads, what each gives, and where they differ. The manner is that
 * of SQLite's own sqllogictest (https://sqlite.org/sqllogictest).
 */
@NullMarked
package io.wesdb.examples.sql;

import org.jspecify.annotations.NullMarked;
