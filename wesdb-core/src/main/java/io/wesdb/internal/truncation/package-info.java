/**
 * What leaves the log and when (I11): kept while a registered node needs it, up to a bound; past the bound, stragglers are
 * left behind and come back through a snapshot.
 */
@NullMarked
package io.wesdb.internal.truncation;

import org.jspecify.annotations.NullMarked;
