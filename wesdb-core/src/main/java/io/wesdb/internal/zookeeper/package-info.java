@NullMarked
package io.wesdb.internal.zookeeper;

import org.jspecify.annotations.NullMarked;
