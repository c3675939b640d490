@NullMarked
package io.wesdb.internal.node;

import org.jspecify.annotations.NullMarked;
