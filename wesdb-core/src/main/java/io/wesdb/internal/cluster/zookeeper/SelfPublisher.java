package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperFault;
import java.util.concurrent.CompletableFuture;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps this node's znodes saying what the node last said of itself: its presence under {@code members}, its durable
 * index under {@code nodes}, where it also clears what a leader marked there while it was away. At most one write is under way; descriptions that come meanwhile replace each other.
 *
 * <p>Owned by its lane; {@link #leave} may be called from anywhere.
 */
final class SelfPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(SelfPublisher.class);
    private static final long RETRY_MILLIS = 1_000;
    private static final int NOT_CLAIMED = -1;

    private final ZooKeeperClient client;
    private final ClusterPaths paths;
    private final MemberClaim claim;
    private final Lane lane;

    private volatile @Nullable Member self;
    private volatile boolean left;
    private volatile int version = NOT_CLAIMED;
    private boolean joined;
    private boolean busy;
    private boolean dirty;
    private long connections;
    private long registeredDurable = -1;
    private Lane.@Nullable Timer retry;

    SelfPublisher(ZooKeeperClient client, ClusterPaths paths, MemberClaim claim, Lane lane) {
        this.client = client;
        this.paths = paths;
        this.claim = claim;
        this.lane = lane;
    }

    void joined(Member member, int claimedVersion) {
        joined = true;
        version = claimedVersion;
        Member newer = self;
        if (newer == null) {
            self = member;
        }
        publish();
    }

    void update(Member member) {
        self = member;
        publish();
    }

    /** The session may be another one, and an answer may have been lost: claim the place again. */
    void connected() {
        connections++;
        version = NOT_CLAIMED;
        publish();
    }

    /** A member's znode was deleted; if it is ours, it is made again. */
    void gone(String node) {
        Member member = self;
        if (member != null && member.node().equals(node)) {
            connected();
        }
    }

    private void publish() {
        Member member = self;
        if (!joined || left || member == null) {
            return;
        }
        if (busy) {
            dirty = true;
            return;
        }
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
        busy = true;
        dirty = false;
        long connection = connections;
        write(member)
                .thenCompose(written -> written == MemberClaim.TAKEN
                        ? CompletableFuture.completedFuture(written) // the entry in the register is the other's
                        : register(member).thenApply(registered -> written))
                .whenComplete(
                        (written, failure) -> lane.execute(() -> hasWritten(member, connection, written, failure)));
    }

    private CompletableFuture<Integer> write(Member member) {
        return version == NOT_CLAIMED
                ? claim.claim(member, null, null)
                : client.set(paths.member(member.node()), MemberNode.encode(member), version);
    }

    private CompletableFuture<Void> register(Member member) {
        return member.durable() == registeredDurable ? confirm(member) : enter(member);
    }

    /** Reads, which costs less than writing, whether the entry is still there and tells no absence. */
    private CompletableFuture<Void> confirm(Member member) {
        return client.get(paths.node(member.node()), null)
                .thenApply(data -> tellsPresence(member, data.bytes()))
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? CompletableFuture.completedFuture(false)
                        : CompletableFuture.failedFuture(failure))
                .thenCompose(sound -> sound ? CompletableFuture.completedFuture(null) : enter(member));
    }

    private static boolean tellsPresence(Member member, byte[] bytes) {
        try {
            return RegisterNode.decode(member.node(), bytes).absentSinceMillis() == 0;
        } catch (IllegalArgumentException e) {
            return false; // another version's: ours is better
        }
    }

    private CompletableFuture<Void> enter(Member member) {
        String path = paths.node(member.node());
        byte[] data = RegisterNode.encode(RegisteredNode.present(member.node(), member.durable()));
        return client.set(path, data, -1)
                .<Void>thenApply(written -> null)
                .exceptionallyCompose(failure -> ZooKeeperFault.codeOf(failure) == Code.NONODE
                        ? client.create(path, data, CreateMode.PERSISTENT)
                        : CompletableFuture.failedFuture(failure));
    }

    private void hasWritten(Member member, long connection, @Nullable Integer written, @Nullable Throwable failure) {
        busy = false;
        boolean done = written != null && written != MemberClaim.TAKEN;
        // What was written on an earlier connection may belong to a session that is over.
        version = written != null && done && connection == connections ? written : NOT_CLAIMED;
        if (done) {
            registeredDurable = member.durable();
        } else if (written != null) {
            LOG.error("another node has taken the id '{}'", member.node());
        } else if (failure != null) {
            LOG.debug("this node's description was not written: {}", failure.getMessage());
        }
        if (dirty) {
            publish();
        } else if (!done) {
            retryLater();
        }
    }

    private void retryLater() {
        if (!left && retry == null) {
            retry = lane.schedule(RETRY_MILLIS, this::publish);
        }
    }

    /** Deletes the presence; if that does not get through, the end of the session does it. */
    void leave() {
        boolean first = !left;
        left = true;
        Member member = self;
        int last = version;
        if (first && member != null && last != NOT_CLAIMED) {
            CompletableFuture<Void> unused = client.delete(paths.member(member.node()), last);
        }
    }
}
