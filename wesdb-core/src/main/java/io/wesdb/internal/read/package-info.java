@NullMarked
package io.wesdb.internal.read;

import org.jspecify.annotations.NullMarked;
