package io.wesdb.internal.cluster.memory;

import io.wesdb.internal.cluster.Cluster;
import io.wesdb.internal.cluster.ClusterConfig;
import io.wesdb.internal.cluster.RegisterContract;

class InMemoryRegisterTest extends RegisterContract {
    private final InMemoryClusterStore store = new InMemoryClusterStore(
            new ClusterConfig("id", "lineage", 0, ClusterConfig.FORMAT_VERSION, true, "UTC", 4096, 1, "00"));

    @Override
    protected Cluster cluster(String node) {
        return store.cluster(node);
    }

    @Override
    protected void strike(String node) {
        store.strike(node);
    }
}
