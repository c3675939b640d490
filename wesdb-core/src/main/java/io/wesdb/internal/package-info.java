/** Everything below here may change at any time; use {@link io.wesdb.WesDb}. */
@NullMarked
package io.wesdb.internal;

import org.jspecify.annotations.NullMarked;
