package io.wesdb.examples.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** Threads that do the workloads' calls, each through any node that callers may ask. For one thread. */
final class Callers implements AutoCloseable {
    private static final int REST_MILLIS = 20;
    private static final int REST_AFTER_FAILURE_MILLIS = 200;

    private final Site site;
    private final List<Workload> workloads;
    private final ClusterFindings findings;
    private final List<Thread> threads = new ArrayList<>();
    private final LongAdder done = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean stopped;

    /** They begin at once. */
    Callers(Site site, List<Workload> workloads, int count, long seed, ClusterFindings findings) {
        this.site = site;
        this.workloads = workloads;
        this.findings = findings;
        for (int i = 0; i < count; i++) {
            int caller = i;
            Thread thread = new Thread(() -> run(caller, new Random(seed * 1_000 + caller)), "caller-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        threads.forEach(Thread::start);
    }

    private void run(int caller, Random random) {
        try {
            while (!stopped) {
                TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(REST_MILLIS));
                List<SiteNode> nodes = site.serving();
                SiteNode node = nodes.get(random.nextInt(nodes.size()));
                Workload workload = workloads.get(random.nextInt(workloads.size()));
                if (workload.call(caller, node.client(), random)) {
                    done.increment();
                } else {
                    failed.increment();
                    TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(REST_AFTER_FAILURE_MILLIS));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            findings.found("caller " + caller + " failed: " + e);
        }
    }

    long done() {
        return done.sum();
    }

    long failed() {
        return failed.sum();
    }

    /** Returns when the last call has ended. */
    void stop() throws InterruptedException {
        stopped = true;
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Override
    public void close() {
        stopped = true;
        threads.forEach(Thread::interrupt);
    }
}
