/**
 * Copies of a node's file at one index: made by a node that is sound, streamed to one that is new, was away too long or
 * has lost its file, and put in place of what that one has (I9).
 */
@NullMarked
package io.wesdb.internal.snapshot;

import org.jspecify.annotations.NullMarked;
