package io.wesdb.internal.node;

import io.wesdb.StartException;
import io.wesdb.WesDb;

/** Starts nodes: puts the parts together in the order in which they need each other. */
public final class NodeStarter {
    private NodeStarter() {}

    public static WesDb start(NodeSettings settings) {
        throw new StartException("the node is not wired yet: " + settings.cluster());
    }
}
