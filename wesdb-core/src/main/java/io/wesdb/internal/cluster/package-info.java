@NullMarked
package io.wesdb.internal.cluster;

import org.jspecify.annotations.NullMarked;
