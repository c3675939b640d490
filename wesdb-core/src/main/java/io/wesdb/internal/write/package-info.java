@NullMarked
package io.wesdb.internal.write;

import org.jspecify.annotations.NullMarked;
