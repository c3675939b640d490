@NullMarked
package io.wesdb.internal.peer;

import org.jspecify.annotations.NullMarked;
