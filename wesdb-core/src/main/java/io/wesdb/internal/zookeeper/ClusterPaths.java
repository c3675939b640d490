package io.wesdb.internal.zookeeper;

import java.util.HexFormat;

/** Where a cluster's znodes are. */
public record ClusterPaths(String cluster) {
    /** Above every cluster. */
    public static final String ROOT = "/wesdb";

    public String root() {
        return ROOT + "/" + cluster;
    }

    public String config() {
        return root() + "/config";
    }

    public String epoch() {
        return root() + "/epoch";
    }

    public String head() {
        return root() + "/head";
    }

    public String tail() {
        return root() + "/tail";
    }

    public String log() {
        return root() + "/log";
    }

    public String entry(long index) {
        return log() + "/" + HexFormat.of().toHexDigits(index);
    }

    public String chunks() {
        return root() + "/chunks";
    }

    public String chunks(String entryId) {
        return chunks() + "/" + entryId;
    }

    public String chunk(String entryId, int number) {
        return chunks(entryId) + "/" + number;
    }

    public String election() {
        return root() + "/election";
    }

    public String members() {
        return root() + "/members";
    }

    public String member(String node) {
        return members() + "/" + node;
    }

    public String nodes() {
        return root() + "/nodes";
    }

    public String node(String node) {
        return nodes() + "/" + node;
    }

    public String reports() {
        return root() + "/reports";
    }

    /** @param kind of report, without a dash */
    public String report(String node, String kind) {
        return reports() + "/" + node + "-" + kind;
    }

    public String trust() {
        return root() + "/trust";
    }
}
