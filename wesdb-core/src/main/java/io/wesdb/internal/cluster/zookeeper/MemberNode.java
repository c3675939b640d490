package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.Role;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.zookeeper.FlatJson;

/** How a member is written in its znode. */
final class MemberNode {
    private MemberNode() {}

    static byte[] encode(Member member) {
        return FlatJson.write(
                "node", member.node(),
                "incarnation", member.incarnation(),
                "address", member.address(),
                "role", member.role().name(),
                "applied", member.applied(),
                "durable", member.durable(),
                "version", member.version());
    }

    /** @throws IllegalArgumentException if it is something else */
    static Member decode(byte[] bytes) {
        FlatJson json = FlatJson.parse(bytes);
        return new Member(
                json.text("node"),
                json.text("incarnation"),
                json.text("address"),
                Role.valueOf(json.text("role")),
                json.number("applied"),
                json.number("durable"),
                json.text("version"));
    }
}
