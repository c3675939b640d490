@NullMarked
package io.wesdb.internal.env;

import org.jspecify.annotations.NullMarked;
