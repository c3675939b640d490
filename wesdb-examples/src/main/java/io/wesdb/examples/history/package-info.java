/**
 * What concurrent callers were told, and whether one order of events explains it. Knows nothing of wesdb: callers record a {@link
 * io.wesdb.examples.history.Recorder history} of operations, a {@link io.wesdb.examples.history.Model} says what they mean one after the
 * other, and the {@link io.wesdb.examples.history.LinearizabilityChecker} looks for an order.
 */
@NullMarked
package io.wesdb.examples.history;

import org.jspecify.annotations.NullMarked;
