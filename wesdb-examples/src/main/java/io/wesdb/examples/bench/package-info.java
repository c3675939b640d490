/**
 * The benchmark program: a driver, workers in processes of their own of which three are nodes, ZooKeeper in its own, and parts that each
 * measure something beside its yardstick.
 */
@NullMarked
package io.wesdb.examples.bench;

import org.jspecify.annotations.NullMarked;
