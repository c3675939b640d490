package io.wesdb.examples.harness;

import java.io.IOException;
import java.net.InetSocketAddress;
import javax.security.sasl.SaslException;
import org.apache.zookeeper.server.ServerConfig;
import org.apache.zookeeper.server.ZooKeeperServerMain;
import org.apache.zookeeper.server.quorum.MultipleAddresses;
import org.apache.zookeeper.server.quorum.QuorumCnxManager;
import org.apache.zookeeper.server.quorum.QuorumPeer;
import org.apache.zookeeper.server.quorum.QuorumPeerConfig;
import org.apache.zookeeper.server.quorum.QuorumPeerMain;

/** A ZooKeeper server, of an ensemble or alone, as a program of its own: the path of its configuration is the argument. Ends when its input does. */
public final class ZooKeeperProgram {
    private ZooKeeperProgram() {}

    public static void main(String[] args) throws Exception {
        endWithInput();
        QuorumPeerConfig config = new QuorumPeerConfig();
        config.parse(args[0]);
        if (config.isDistributed()) {
            new Server().runFromConfig(config);
        } else {
            ServerConfig alone = new ServerConfig();
            alone.readFrom(config);
            new ZooKeeperServerMain().runFromConfig(alone);
        }
    }

    /** Whoever started it holds the other end: were that killed, nobody would end this one. */
    private static void endWithInput() {
        Thread thread = new Thread(
                () -> {
                    try {
                        while (System.in.read() >= 0) {
                            continue;
                        }
                    } catch (IOException e) {
                        // the end too
                    }
                    Runtime.getRuntime().halt(0);
                },
                "end-with-input");
        thread.setDaemon(true);
        thread.start();
    }

    private static final class Server extends QuorumPeerMain {
        @Override
        protected QuorumPeer getQuorumPeer() throws SaslException {
            return new Peer();
        }
    }

    /**
     * Tells no other server its address: they would use it to call back, past the proxy. An address that means any interface is not taken,
     * and then they use the one of their own configuration.
     */
    private static final class Peer extends QuorumPeer {
        Peer() throws SaslException {}

        @Override
        public MultipleAddresses getElectionAddress() {
            MultipleAddresses own = super.getElectionAddress();
            return Thread.currentThread() instanceof QuorumCnxManager.Listener
                    ? own
                    : new MultipleAddresses(
                            new InetSocketAddress("0.0.0.0", own.getOne().getPort()));
        }
    }
}
