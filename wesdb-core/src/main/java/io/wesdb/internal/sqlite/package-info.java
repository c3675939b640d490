@NullMarked
package io.wesdb.internal.sqlite;

import org.jspecify.annotations.NullMarked;
