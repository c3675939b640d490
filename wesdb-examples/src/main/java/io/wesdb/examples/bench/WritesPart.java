package io.wesdb.examples.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Single-row writes by ever more callers, in-process and over HTTP, beside what SQLite and ZooKeeper do alone. */
final class WritesPart implements Part {
    static final String NAME = "writes";
    static final String IN_PROCESS = "wesdb, through a follower";
    static final String HTTP = "wesdb, over HTTP";
    static final String ON_LEADER = "wesdb, on the leader";
    static final String AUTOCOMMIT = "sqlite-jdbc, autocommit FULL";
    static final String TRANSACTIONS = "sqlite-jdbc, transactions of 1,000";
    static final String APPENDS = "ZooKeeper, an append at a time";
    static final String PIPELINE = "ZooKeeper, appends pipelined";
    private static final List<Integer> CALLERS = List.of(1, 8, 64, 256, 1_024, 4_096);
    private static final List<Integer> CONNECTIONS = List.of(1, 8, 64, 256, 1_024);
    private static final int PIPELINED = 256;
    private static final int COMPARED = 64;
    private static final int MANY = 1_024;
    private static final int MOST = 4_096;
    private static final int REPLICAS = 3;
    /** Of what a closed loop reached. */
    private static final double PACE = 0.5;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean inQuick() {
        return true;
    }

    private interface Step {
        void run() throws Exception;
    }

    @Override
    public void run(Bench bench) throws Exception {
        Stretches stretches = new Stretches(bench);
        stretches.warmUp();
        for (int round = 1; round <= bench.plan().rounds(); round++) {
            stretches.round(round);
        }
        stretches.atPace();
    }

    private static Case of(String series, int callers) {
        return Case.closed(NAME, series, callers);
    }

    /** One run of the part. */
    private static final class Stretches {
        private final Bench bench;
        private final Cluster cluster;
        private final WorkerProcess follower;
        private final WorkerProcess leader;
        private final WorkerProcess bare;
        private final String address;
        private final Map<Case, Observation> last = new HashMap<>();

        Stretches(Bench bench) throws Exception {
            this.bench = bench;
            cluster = bench.cluster();
            follower = cluster.follower();
            leader = cluster.leader();
            bare = bench.bare();
            address = follower.ask("status").text("http");
        }

        /** Every piece of code that is measured has been compiled when it is; what is done here counts as rows only. */
        void warmUp() throws Exception {
            long millis = bench.plan().warmMillis();
            warm(follower, "writes", COMPARED, millis);
            bench.upkeep(cluster, details(COMPARED, millis / 4, 0));
            warm(bare, "http", COMPARED, millis / 2);
            warm(follower, "writes", MANY, millis);
            warm(leader, "writes", 1, millis / 2);
            for (String yardstick : List.of("sqlite-inserts", "sqlite-transactions", "zk-appends")) {
                bare.ask(yardstick, details(1, millis / 4, 0));
            }
            bare.ask("zk-pipeline", details(PIPELINED, millis / 4, 0));
        }

        private void warm(WorkerProcess worker, String job, int callers, long millis) throws IOException {
            bench.warm(cluster, worker, job, details(callers, millis, 0), millis, 1);
        }

        private Map<String, Object> details(int callers, long millis, double rate) {
            Map<String, Object> details = bench.load(callers);
            details.put("millis", millis);
            details.put("rate", rate);
            details.put("address", address);
            details.put("zk", cluster.connectString());
            return details;
        }

        /** What is compared is measured side by side; every other round goes through it backwards. */
        void round(int round) throws Exception {
            List<Step> steps = new ArrayList<>();
            steps.add(() -> appends(round, APPENDS, "zk-appends", 1));
            steps.add(() -> oneOnTheLeader(round));
            steps.add(() -> appends(round, PIPELINE, "zk-pipeline", PIPELINED));
            for (int callers : CALLERS) {
                if (callers == MANY) {
                    steps.add(() -> sqlite(round, TRANSACTIONS, "sqlite-transactions"));
                }
                steps.add(() -> inProcess(round, callers));
                if (callers == COMPARED) {
                    steps.add(() -> http(round, callers));
                } else if (callers == COMPARED / 8) {
                    steps.add(() -> sqlite(round, AUTOCOMMIT, "sqlite-inserts"));
                }
            }
            for (int connections : CONNECTIONS) {
                if (connections != COMPARED && round == 1 && !bench.plan().quick()) {
                    steps.add(() -> http(round, connections));
                }
            }
            if (round % 2 == 0) {
                Collections.reverse(steps);
            }
            for (Step step : steps) {
                step.run();
            }
            compare();
        }

        private void sqlite(int round, String series, String job) throws IOException {
            Case what = of(series, 1);
            last.put(
                    what,
                    bench.measure(
                            what, round, bare, job, details(1, bench.plan().millis(), 0)));
        }

        /** The cluster's ZooKeeper does it, so its time counts. */
        private void appends(int round, String series, String job, int callers) throws IOException {
            Case what = of(series, callers);
            Map<String, Object> details = details(callers, bench.plan().millis(), 0);
            last.put(what, bench.measure(what, round, cluster, bare, job, details));
        }

        private void inProcess(int round, int callers) throws Exception {
            writes(
                    of(IN_PROCESS, callers),
                    round,
                    follower,
                    "writes",
                    details(callers, bench.plan().millis(), 0));
        }

        private void http(int round, int connections) throws Exception {
            writes(
                    of(HTTP, connections),
                    round,
                    bare,
                    "http",
                    details(connections, bench.plan().millis(), 0));
        }

        private void oneOnTheLeader(int round) throws Exception {
            Map<String, Object> details = details(1, bench.plan().millis(), 0);
            details.put("blocking", true);
            writes(of(ON_LEADER, 1), round, leader, "writes", details);
        }

        private void writes(Case what, int round, WorkerProcess worker, String job, Map<String, ?> details)
                throws Exception {
            last.put(what, bench.measureWrites(what, round, cluster, worker, job, details, 1));
        }

        private double rate(String series, int callers) {
            return observed(series, callers).perSecond();
        }

        private Observation observed(String series, int callers) {
            Observation observation = last.get(of(series, callers));
            if (observation == null) {
                throw new IllegalStateException("not measured: " + series + ", " + callers);
            }
            return observation;
        }

        private void compare() {
            Results results = bench.results();
            double autocommit = rate(AUTOCOMMIT, 1);
            results.ratio(Target.WRITES_64, rate(IN_PROCESS, COMPARED) / autocommit);
            results.ratio(Target.WRITES_1024, rate(IN_PROCESS, MANY) / autocommit);
            results.ratio(Target.WRITES_1024_BATCHED, rate(IN_PROCESS, MANY) / (rate(TRANSACTIONS, 1) / REPLICAS));
            results.ratio(Target.HTTP_64, rate(HTTP, COMPARED) / rate(IN_PROCESS, COMPARED));
            results.ratio(Target.CALLERS_256, rate(IN_PROCESS, 256) / rate(IN_PROCESS, COMPARED));
            results.ratio(Target.CALLERS_4096, rate(IN_PROCESS, MOST) / rate(IN_PROCESS, MANY));
            results.ratio(
                    Target.WRITE_LATENCY,
                    observed(ON_LEADER, 1).p50Micros() / observed(APPENDS, 1).p50Micros());
        }

        /** At half of what was found: what a caller waits when the node is not run at its limit. */
        void atPace() throws Exception {
            List<Integer> counts = bench.plan().quick() ? List.of(COMPARED) : List.of(COMPARED, MANY);
            for (int callers : counts) {
                paced(of(IN_PROCESS, callers), follower, "writes");
            }
            paced(of(HTTP, COMPARED), bare, "http");
        }

        private void paced(Case found, WorkerProcess worker, String job) throws Exception {
            double rate = PACE * bench.results().median(found, Observation::perSecond);
            if (rate >= 1) {
                writes(
                        found.atPace(),
                        1,
                        worker,
                        job,
                        details(found.callers(), 2 * bench.plan().millis(), rate));
            }
        }
    }
}
