package io.wesdb.internal.cluster.zookeeper;

import io.wesdb.StartException;
import io.wesdb.internal.cluster.Member;
import io.wesdb.internal.cluster.Membership;
import io.wesdb.internal.cluster.RegisteredNode;
import io.wesdb.internal.env.Environment;
import io.wesdb.internal.env.Lane;
import io.wesdb.internal.zookeeper.ClusterPaths;
import io.wesdb.internal.zookeeper.ZooKeeperClient;
import io.wesdb.internal.zookeeper.ZooKeeperClient.ConnectionListener;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Presence as ephemeral znodes, the register as persistent ones. Thread safe: what changes is owned by the lane. */
final class ZooKeeperMembership implements Membership {
    /** A watch can be lost with its connection, so a taken id is also looked at again after this. */
    private static final long LOOK_AGAIN_MILLIS = 500;

    private final Lane lane;
    private final Environment environment;
    private final ZooKeeperClient client;
    private final MemberClaim claim;
    private final MemberView view;
    private final NodeRegister register;
    private final SelfPublisher publisher;
    private final ConnectionListener connectionListener;

    ZooKeeperMembership(ZooKeeperClient client, ClusterPaths paths, Lane lane, Environment environment) {
        this.client = client;
        this.lane = lane;
        this.environment = environment;
        this.claim = new MemberClaim(client, paths);
        this.publisher = new SelfPublisher(client, paths, claim, lane);
        this.register = new NodeRegister(client, paths);
        this.view = new MemberView(client, paths, lane, publisher::gone);
        this.connectionListener = connected -> {
            if (connected) {
                lane.execute(this::connected);
            }
        };
        client.addListener(connectionListener);
        lane.execute(view::refreshAll);
    }

    private void connected() {
        view.refreshAll();
        publisher.connected();
    }

    @Override
    public void join(Member self, @Nullable String predecessor, Duration timeout) {
        long deadlineNanos = environment.clock().nanos() + timeout.toNanos();
        try {
            Attempt attempt = tryJoin(self, predecessor, deadlineNanos);
            while (attempt != Attempt.JOINED) {
                if (deadlineNanos - environment.clock().nanos() <= 0) {
                    throw attempt == Attempt.TAKEN
                            ? new NodeIdTakenException("another node with the id '" + self.node() + "' is present")
                            : unreachable(null);
                }
                attempt = tryJoin(self, predecessor, deadlineNanos);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted while joining the cluster", e);
        }
    }

    private enum Attempt {
        JOINED,
        TAKEN,
        FAILED
    }

    private Attempt tryJoin(Member self, @Nullable String predecessor, long deadlineNanos) throws InterruptedException {
        CompletableFuture<Void> changed = new CompletableFuture<>();
        Attempt attempt = Attempt.TAKEN;
        try {
            int version = environment.await(
                    claim.claim(self, predecessor, event -> changed.complete(null)), millisUntil(deadlineNanos));
            if (version != MemberClaim.TAKEN) {
                lane.execute(() -> publisher.joined(self, version));
                return Attempt.JOINED;
            }
        } catch (ExecutionException e) {
            if (deadlineNanos - environment.clock().nanos() <= 0) {
                throw unreachable(e);
            }
            attempt = Attempt.FAILED;
        } catch (TimeoutException e) {
            throw unreachable(e);
        }
        try {
            environment.await(changed, Math.min(LOOK_AGAIN_MILLIS, millisUntil(deadlineNanos)));
        } catch (TimeoutException | ExecutionException e) {
            return attempt; // look again
        }
        return attempt;
    }

    private long millisUntil(long deadlineNanos) {
        return Math.max(
                1,
                TimeUnit.NANOSECONDS.toMillis(
                        deadlineNanos - environment.clock().nanos()));
    }

    private static StartException unreachable(@Nullable Exception cause) {
        return new StartException("ZooKeeper did not answer while joining the cluster", cause);
    }

    @Override
    public void update(Member self) {
        lane.execute(() -> publisher.update(self));
    }

    @Override
    public List<Member> members() {
        return view.members();
    }

    @Override
    public CompletableFuture<List<RegisteredNode>> registered() {
        return register.registered();
    }

    @Override
    public CompletableFuture<Boolean> mark(RegisteredNode seen, RegisteredNode marked) {
        return register.mark(seen, marked);
    }

    @Override
    public CompletableFuture<Void> remove(String node) {
        return register.remove(node);
    }

    @Override
    public void close() {
        client.removeListener(connectionListener);
        publisher.leave();
        lane.execute(view::close);
    }
}
