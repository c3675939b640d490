package io.wesdb.internal.node;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the address under which other machines most likely see this one. */
final class LocalAddress {
    private static final Logger LOG = LoggerFactory.getLogger(LocalAddress.class);

    /** Any port: connecting a datagram socket sends nothing, it only asks the routing table. */
    private static final int SOME_PORT = 2181;

    private LocalAddress() {}

    /** The address by which this machine reaches the first server of ZooKeeper's connect string. */
    static String reaching(String connectString) {
        String first = connectString.split("[,/]", 2)[0].trim();
        String host = first.replaceFirst(":\\d+$", "").replaceAll("[\\[\\]]", "");
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(host), SOME_PORT));
            InetAddress local = socket.getLocalAddress();
            if (!local.isAnyLocalAddress()) {
                return local.getHostAddress();
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("no route to {} tells our address", host, e);
        }
        return InetAddress.getLoopbackAddress().getHostAddress();
    }
}
