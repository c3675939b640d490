package io.wesdb.internal.peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.LongSupplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Who a node is to its peers, and how it proves it. Immutable and thread safe.
 *
 * @param secret the cluster's; not to be modified
 */
public record PeerIdentity(byte[] secret, String clusterId, String nodeId) {
    static final int PROOF_BYTES = 32;
    private static final int NONCE_LONGS = 4;
    private static final String ALGORITHM = "HmacSHA256";

    /** Which side a proof is for. */
    enum Side {
        CLIENT("client"),
        SERVER("server");

        private final String label;

        Side(String label) {
            this.label = label;
        }
    }

    /** What a proof is about, besides the secret. */
    record Handshake(String clusterId, String clientNonce, String serverNonce, String clientNode, String serverNode) {}

    byte[] proof(Side side, Handshake handshake) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(secret, ALGORITHM));
            add(mac, side.label);
            add(mac, handshake.clusterId);
            add(mac, handshake.clientNonce);
            add(mac, handshake.serverNonce);
            add(mac, handshake.clientNode);
            add(mac, handshake.serverNode);
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }

    /** In constant time. */
    boolean proves(byte[] proof, Side side, Handshake handshake) {
        return MessageDigest.isEqual(proof, proof(side, handshake));
    }

    /** With its length before it, so that no two lists of parts give the same bytes. */
    private static void add(Mac mac, String part) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        mac.update(bytes);
    }

    static String nonce(LongSupplier random) {
        StringBuilder nonce = new StringBuilder();
        for (int i = 0; i < NONCE_LONGS; i++) {
            HexFormat.of().toHexDigits(random.getAsLong()).chars().forEach(c -> nonce.append((char) c));
        }
        return nonce.toString();
    }

    static boolean isNonce(String text) {
        return text.matches("[0-9a-f]{64}");
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "PeerIdentity[" + clusterId + ", " + nodeId + "]";
    }
}
