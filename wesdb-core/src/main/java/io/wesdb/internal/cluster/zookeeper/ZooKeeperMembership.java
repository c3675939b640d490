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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Presence as ephemeral znodes, the register as persistent ones. Thread safe: what changes is owned by the lane. */
final class ZooKeeperMembership implements Membership {
    private static final Logger LOG = LoggerFactory.getLogger(ZooKeeperMembership.class);

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
        boolean taken = false; // by the last answer: the time may end while the next one is still under way
        @Nullable Exception cause = null;
        try {
            do {
                CompletableFuture<Void> changed = new CompletableFuture<>();
                try {
                    int version = environment.await(
                            claim.claim(self, predecessor, event -> changed.complete(null)),
                            millisUntil(deadlineNanos));
                    taken = version == MemberClaim.TAKEN;
                    if (!taken) {
                        lane.execute(() -> publisher.joined(self, version));
                        return;
                    }
                } catch (ExecutionException | TimeoutException e) {
                    cause = e;
                }
                awaitChange(changed, deadlineNanos);
            } while (deadlineNanos - environment.clock().nanos() > 0);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartException("interrupted while joining the cluster", e);
        }
        throw taken
                ? new NodeIdTakenException("another node with the id '" + self.node() + "' is present")
                : new StartException("ZooKeeper did not answer while joining the cluster", cause);
    }

    private void awaitChange(CompletableFuture<Void> changed, long deadlineNanos) throws InterruptedException {
        try {
            environment.await(changed, Math.min(LOOK_AGAIN_MILLIS, millisUntil(deadlineNanos)));
        } catch (TimeoutException | ExecutionException e) {
            LOG.trace("no change was seen, looking again", e);
        }
    }

    private long millisUntil(long deadlineNanos) {
        return Math.max(
                1,
                TimeUnit.NANOSECONDS.toMillis(
                        deadlineNanos - environment.clock().nanos()));
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
