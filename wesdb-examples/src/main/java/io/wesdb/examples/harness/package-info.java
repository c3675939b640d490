/**
 * A cluster that is broken on purpose: node programs and ZooKeeper servers in processes of their own, callers who do their workloads through
 * all nodes, nemeses who break something meanwhile, checkers who decide, and a report.
 */
@NullMarked
package io.wesdb.examples.harness;

import org.jspecify.annotations.NullMarked;
