package io.wesdb.internal.peer;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.write.LeaderLines;
import io.wesdb.internal.write.LeaderLines.Loss;
import io.wesdb.internal.write.PeerService;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is told of a line's end: whether the other side has gone, refuses, or is merely not heard. */
@Timeout(60)
class PeerLinesTest {
    private static final PeerService UNUSED = (epoch, batch, timeout, reply) -> {};
    private static final Duration OFTEN = Duration.ofMillis(50);
    private static final Duration NEVER = Duration.ofHours(1);

    private final List<Object> told = new CopyOnWriteArrayList<>();

    private LeaderLines.Line connect(PeerLines lines, String address) {
        return connect(lines, address, "leader");
    }

    private LeaderLines.Line connect(PeerLines lines, String address, String node) {
        return lines.connect(address, node, new LeaderLines.Listener() {
            @Override
            public void opened() {
                told.add("opened");
            }

            @Override
            public void lost(Loss how) {
                told.add(how);
            }
        });
    }

    private static PeerLines lines(PeerFixture peers, byte[] secret, PeerSettings settings) {
        return new PeerLines(
                new PeerIdentity(secret, "cluster", "follower"),
                settings,
                peers.io.group(),
                peers.workers,
                peers.random::nextLong);
    }

    private void awaitTold(Object... what) {
        await().untilAsserted(() -> assertEquals(List.of(what), told));
    }

    @Test
    void aServerThatGoesEndsTheLineAndItsMachineRefusesTheNext() {
        try (PeerFixture peers = new PeerFixture(UNUSED);
                PeerLines lines = lines(peers, PeerFixture.SECRET, PeerFixture.SETTINGS)) {
            connect(lines, peers.address());
            awaitTold("opened");
            peers.server.close();
            awaitTold("opened", Loss.ENDED);
            connect(lines, peers.address());
            awaitTold("opened", Loss.ENDED, Loss.REFUSED);
        }
    }

    @Test
    void aServerThatIsSilentIsNotOneThatHasGone() {
        PeerSettings silent = PeerFixture.SETTINGS.withHeartbeat(NEVER);
        try (PeerFixture peers = new PeerFixture(UNUSED, silent, PeerFixture.SECRET, "cluster");
                PeerLines lines = lines(peers, PeerFixture.SECRET, PeerFixture.SETTINGS.withHeartbeat(OFTEN))) {
            connect(lines, peers.address());
            awaitTold("opened", Loss.SILENT);
        }
    }

    @Test
    void aMachineThatTakesConnectionsForAProcessThatIsStoppedIsSilent() throws Exception {
        try (ServerSocket stopped = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                PeerFixture peers = new PeerFixture(UNUSED);
                PeerLines lines = lines(peers, PeerFixture.SECRET, PeerFixture.SETTINGS.withHandshakeTimeout(OFTEN))) {
            connect(lines, "127.0.0.1:" + stopped.getLocalPort());
            awaitTold(Loss.SILENT);
        }
    }

    @Test
    void whoCannotProveThatItBelongsToTheClusterNeverHasALine() {
        try (PeerFixture peers = new PeerFixture(UNUSED);
                PeerLines lines = lines(peers, new byte[32], PeerFixture.SETTINGS)) {
            connect(lines, peers.address());
            awaitTold(Loss.SILENT);
        }
    }

    @Test
    void anotherNodeOfTheClusterAtTheLeadersAddressIsSilentHoweverItGoes() {
        try (PeerFixture peers = new PeerFixture(UNUSED);
                PeerLines lines = lines(peers, PeerFixture.SECRET, PeerFixture.SETTINGS)) {
            connect(lines, peers.address(), "another");
            awaitTold(Loss.SILENT);
        }
    }

    @Test
    void anAddressThatIsNoneIsSilent() {
        try (PeerFixture peers = new PeerFixture(UNUSED);
                PeerLines lines = lines(peers, PeerFixture.SECRET, PeerFixture.SETTINGS)) {
            connect(lines, "nowhere");
            awaitTold(Loss.SILENT);
        }
    }

    @Test
    void nothingIsToldOfALineThatThisSideHasClosed() {
        try (PeerFixture peers = new PeerFixture(UNUSED);
                PeerLines lines = lines(peers, PeerFixture.SECRET, PeerFixture.SETTINGS)) {
            LeaderLines.Line line = connect(lines, peers.address());
            awaitTold("opened");
            line.close();
            line.close();
            connect(lines, peers.address());
            awaitTold("opened", "opened");
        }
    }
}
