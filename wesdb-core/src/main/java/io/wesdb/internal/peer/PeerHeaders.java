package io.wesdb.internal.peer;

/** Names in the upgrade. */
final class PeerHeaders {
    static final String PATH = "/peer/v1";
    static final String PROTOCOL = "wesdb-peer/3";
    static final String CLUSTER = "Wesdb-Cluster";
    static final String NODE = "Wesdb-Node";
    static final String NONCE = "Wesdb-Nonce";
    static final String PROOF = "Wesdb-Proof";

    private PeerHeaders() {}
}
