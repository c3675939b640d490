package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.zookeeper.FlatJson;

/** How a node is written in its znode of the register. */
final class RegisterNode {
    private RegisterNode() {}

    static byte[] encode(RegisteredNode node) {
        return FlatJson.write(
                "durable", node.durable(),
                "absentSince", node.absentSinceMillis(),
                "needsSnapshot", node.needsSnapshot());
    }

    /** @throws IllegalArgumentException if it is something else */
    static RegisteredNode decode(String node, byte[] bytes) {
        FlatJson json = FlatJson.parse(bytes);
        return new RegisteredNode(
                node, json.number("durable"), json.number("absentSince"), json.truth("needsSnapshot"));
    }
}
