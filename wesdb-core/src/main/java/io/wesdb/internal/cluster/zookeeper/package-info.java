@NullMarked
package io.wesdb.internal.cluster.zookeeper;

import org.jspecify.annotations.NullMarked;
