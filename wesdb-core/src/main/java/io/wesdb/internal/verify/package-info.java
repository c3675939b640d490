/**
 * Finds out who has diverged (I10): {@link io.wesdb.internal.verify.Jury} publishes what this node found and compares,
 * {@link io.wesdb.internal.verify.Ballot} decides.
 */
@NullMarked
package io.wesdb.internal.verify;

import org.jspecify.annotations.NullMarked;
