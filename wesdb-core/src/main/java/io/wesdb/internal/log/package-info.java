@NullMarked
package io.wesdb.internal.log;

import org.jspecify.annotations.NullMarked;
