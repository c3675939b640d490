@NullMarked
package io.wesdb.internal.log.zookeeper;

import org.jspecify.annotations.NullMarked;
