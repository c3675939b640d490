package io.wesdb.examples.bench;

import java.util.Locale;

/** What wesdb means to reach; ratios of two things measured in one run, but for one that is a time. */
enum Target {
    WRITES_64("writes/s, 64 callers through a follower, to bare sqlite-jdbc, autocommit FULL", 3, 8),
    WRITES_1024("writes/s, 1,024 callers through a follower, to bare sqlite-jdbc, autocommit FULL", 8, 15),
    WRITES_1024_BATCHED("writes/s, 1,024 callers, to a third of bare sqlite-jdbc's in transactions of 1,000", 1, 1.6),
    HTTP_64("writes/s over HTTP, 64 connections, to in-process, 64 callers", 0.5, 0.8),
    CALLERS_256("writes/s, 256 callers to 64", 1.2, 2),
    CALLERS_4096("writes/s, 4,096 callers to 1,024", 0.95, 1),
    WRITE_LATENCY("p50 of a write, one caller on the leader, to one raw ZooKeeper append", 2, 1.3),
    LOCAL_READS("local point reads/s in-process, one thread, to bare sqlite-jdbc", 0.7, 0.95),
    LINEARIZABLE_READS("p50 of a linearizable read to ZooKeeper's sync and getData", 1.5, 1.1),
    CATCH_UP("entries/s of a node that catches up to the live write rate", 3, 8),
    BOOTSTRAP("bytes/s of a bootstrap of 1 GB to cp of the file", 0.3, 0.8),
    LARGE_DATABASE("writes/s at 2 GB of database to 1 MB", 0.9, 1),
    SEVEN_NODES("writes/s with 7 nodes to 3, CPU per node taken out", 0.9, 1),
    ORDERLY_STOP("pause of writes when the leader is stopped in order, ms", 200, 50);

    private final String what;
    private final double limit;
    private final double aim;

    Target(String what, double limit, double aim) {
        this.what = what;
        this.limit = limit;
        this.aim = aim;
    }

    String what() {
        return what;
    }

    /** What must be reached. */
    double limit() {
        return limit;
    }

    double aim() {
        return aim;
    }

    /** Of times, less is better. */
    boolean lessIsBetter() {
        return aim < limit;
    }

    boolean isMetBy(double value) {
        return lessIsBetter() ? value <= limit : value >= limit;
    }

    boolean isReachedBy(double value) {
        return lessIsBetter() ? value <= aim : value >= aim;
    }

    String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
