package io.wesdb.internal.cluster;

import io.wesdb.Role;

/**
 * A node as it describes itself to the others.
 *
 * @param node its id
 * @param incarnation changes with every start of the node, so that a predecessor's traces can be told from a namesake's
 * @param address of its peer listener, host:port
 * @param role what it does
 * @param applied the index up to which it has applied
 * @param durable the index up to which its file is synced
 * @param version of wesdb
 */
public record Member(
        String node, String incarnation, String address, Role role, long applied, long durable, String version) {}
