package io.wesdb.examples.harness;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.wesdb.examples.Ports;
import io.wesdb.examples.harness.Network.Direction;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The proxy between all processes, with plain sockets at both ends. */
@Timeout(60)
class NetworkTest {
    /** For an answer that must come. */
    private static final int PATIENCE_MILLIS = 30_000;

    /** For bytes that must not come: they would within a millisecond. */
    private static final int SILENCE_MILLIS = 200;

    private static final List<Direction> THERE = List.of(new Direction("a", "b"));
    private static final List<Direction> BACK = List.of(new Direction("b", "a"));

    private final Network network = new Network();
    private final Ports ports = new Ports();
    private ServerSocket listener;
    private Gate gate;

    @BeforeEach
    void open() throws IOException {
        listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        gate = network.gate("a", "b", ports.reserve(), listener.getLocalPort());
    }

    @AfterEach
    void close() throws IOException {
        network.close();
        listener.close();
        ports.close();
    }

    private record Pair(Socket near, Socket far) {
        void say(String there, String back) throws IOException {
            near.getOutputStream().write(there.getBytes(StandardCharsets.US_ASCII));
            far.getOutputStream().write(back.getBytes(StandardCharsets.US_ASCII));
        }

        String heardThere(int length) throws IOException {
            return heard(far, length);
        }

        String heardBack(int length) throws IOException {
            return heard(near, length);
        }

        private static String heard(Socket socket, int length) throws IOException {
            socket.setSoTimeout(PATIENCE_MILLIS);
            return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
        }

        static void assertSilent(Socket socket) throws IOException {
            socket.setSoTimeout(SILENCE_MILLIS);
            assertThrows(
                    SocketTimeoutException.class, () -> socket.getInputStream().read());
        }
    }

    private Socket dial() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), gate.port());
    }

    private Pair connect() throws IOException {
        Socket near = dial();
        return new Pair(near, listener.accept());
    }

    @Test
    void bytesComeOutAsTheyWentInBothWaysAndSoDoesTheEnd() throws Exception {
        byte[] there = new byte[3_000_000]; // more than what is held at most
        byte[] back = new byte[2_000_000];
        new Random(1).nextBytes(there);
        new Random(2).nextBytes(back);
        Pair pair = connect();

        CompletableFuture<Void> answering = CompletableFuture.runAsync(() -> write(pair.far, back));
        CompletableFuture<byte[]> taken = CompletableFuture.supplyAsync(() -> read(pair.far, there.length));
        CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(pair.near, there));

        assertArrayEquals(back, read(pair.near, back.length));
        assertArrayEquals(there, taken.get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS));
        CompletableFuture.allOf(answering, writing).get(PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
        pair.near.close();
        assertEquals(-1, pair.far.getInputStream().read());
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] read(Socket socket, int length) {
        try {
            socket.setSoTimeout(PATIENCE_MILLIS);
            return socket.getInputStream().readNBytes(length);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aHoleInOneDirectionHoldsThatOneAloneAndWhatWasHeldComesLate() throws Exception {
        Pair pair = connect();
        network.impose(THERE, Rule.HOLE);

        pair.say("held", "passes");

        assertEquals("passes", pair.heardBack(6));
        Pair.assertSilent(pair.far);
        network.lift(THERE, Rule.HOLE, true);
        assertEquals("held", pair.heardThere(4));
    }

    @Test
    void whatWasHeldIsLostWithItsConnectionIfThatWasGivenUp() throws Exception {
        Pair held = connect();
        Pair idle = connect();
        network.impose(THERE, Rule.HOLE);
        held.say("held", "passes");
        assertEquals("passes", held.heardBack(6));
        Pair.assertSilent(held.far);

        network.lift(THERE, Rule.HOLE, false);

        assertReset(held.near);
        assertReset(held.far);
        idle.say("still", "there");
        assertEquals("still", idle.heardThere(5));
        assertEquals("there", idle.heardBack(5));
    }

    private static void assertReset(Socket socket) throws IOException {
        socket.setSoTimeout(PATIENCE_MILLIS);
        IOException reset =
                assertThrows(IOException.class, () -> socket.getInputStream().read());
        assertTrue(!(reset instanceof SocketTimeoutException), reset::toString);
    }

    @Test
    void aConnectionThatIsBegunIntoAHoleIsAcceptedAndSilent() throws Exception {
        network.impose(BACK, Rule.HOLE);
        Pair pair = connect();

        pair.say("heard", "held");

        assertEquals("heard", pair.heardThere(5));
        Pair.assertSilent(pair.near);
    }

    @Test
    void refusalEndsConnectionsAndNewOnesUntilItIsLifted() throws Exception {
        Pair pair = connect();
        network.impose(THERE, Rule.REFUSE);

        assertReset(pair.near);
        assertReset(pair.far);
        Socket refused = dial();
        assertReset(refused);

        network.lift(THERE, Rule.REFUSE, true);
        Pair again = connect();
        again.say("hello", "back");
        assertEquals("hello", again.heardThere(5));
    }

    @Test
    void aClosedGateRefusesNewConnectionsAndLeavesThoseThereAre() throws Exception {
        Pair pair = connect();
        gate.close();

        // The socket is gone with the next turn of its loop.
        await().atMost(Duration.ofMillis(PATIENCE_MILLIS)).until(this::isRefused);
        pair.say("hello", "back");
        assertEquals("hello", pair.heardThere(5));
        gate.open();
        connect().say("hello", "back");
    }

    private boolean isRefused() {
        try (Socket socket = dial()) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void aDelayedDirectionIsLateByAtLeastThatAndKeepsItsOrder() throws Exception {
        Pair pair = connect();
        network.impose(THERE, Rule.delay(300, 50));
        long began = System.nanoTime();

        StringBuilder said = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            said.append(i).append(' ');
            pair.near.getOutputStream().write((i + " ").getBytes(StandardCharsets.US_ASCII));
        }

        assertEquals(said.toString(), pair.heardThere(said.length()));
        assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(300), "came too early");
    }

    @Test
    void resetsCutAConnectionAmidItsBytes() throws Exception {
        Pair pair = connect();
        network.impose(THERE, Rule.resets(1));

        pair.near.getOutputStream().write(1);

        assertReset(pair.near);
    }

    /** A node finds its peers at one gate for all, and says who it is in the head of its first request. */
    @Test
    void whoSaysItsNameIsRuledByIt() throws Exception {
        Gate peers = network.peerGate("b", ports.reserve(), listener.getLocalPort());
        network.impose(List.of(new Direction("c", "b")), Rule.HOLE);
        byte[] head = "POST / HTTP/1.1\r\nwesdb-node: %s\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

        for (String name : List.of("a", "c")) {
            String greeting = String.format(new String(head, StandardCharsets.US_ASCII), name);
            Socket near = new Socket(InetAddress.getLoopbackAddress(), peers.port());
            near.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
            Pair pair = new Pair(near, listener.accept());
            if (name.equals("a")) {
                assertEquals(greeting, pair.heardThere(greeting.length()));
            } else {
                Pair.assertSilent(pair.far);
            }
        }
    }
}
