package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Asks every node again and again who leads, each on a thread of its own, and takes it down. A node that halts, finds itself different from
 * the others or its file damaged is a finding at that moment, unless its file was damaged on purpose: it heals, and in the end nothing
 * would be seen of it. For one thread.
 */
final class Watch implements AutoCloseable {
    private static final int POLL_MILLIS = 100;
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final Site site;
    private final Events events;
    private final ClusterFindings findings;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;
    private final AtomicBoolean disputed = new AtomicBoolean();
    private final Map<Long, String> leaders = new ConcurrentHashMap<>(); // by epoch: each has one
    private volatile boolean fallen;
    private volatile boolean twoLed;

    Watch(Site site, Events events, ClusterFindings findings) {
        this.site = site;
        this.events = events;
        this.findings = findings;
        start("watch", this::watchAll);
    }

    private void start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    /** Nodes join. */
    private void watchAll() {
        Map<String, SiteNode> known = new HashMap<>();
        while (!stopped) {
            for (SiteNode node : site.allEver()) {
                if (known.put(node.name(), node) == null) {
                    start("watch-" + node.name(), () -> watch(node));
                }
            }
            rest();
        }
    }

    private void watch(SiteNode node) {
        while (!stopped && !node.isGone()) {
            try {
                lookAtFiles(node);
                lookAtStatus(node);
            } catch (IOException e) {
                // it is down, or stands still
            } catch (InterruptedException e) {
                return;
            }
            rest();
        }
    }

    private void lookAtFiles(SiteNode node) throws IOException {
        List<Path> aside = node.setAside();
        // Asked for in this order: who is excused no more has had what there was forgiven.
        if (!aside.isEmpty() && !node.isExcused()) {
            node.setAside()
                    .forEach(path -> fell(node.name() + " has set a file aside, which nothing was done to: " + path));
        }
    }

    private void lookAtStatus(SiteNode node) throws IOException, InterruptedException {
        boolean excused = node.isExcused();
        boolean anyExcused = site.isAnyExcused();
        Status status = node.client().status(ANSWER);
        if (status.role().equals("leader")) {
            leads(node.name(), status.epoch());
        }
        if (status.role().equals("halted")) {
            fell(node.name() + " has halted, which no node does for a fault that it can recover from: "
                    + status.fault());
        }
        if (status.role().equals("quarantined") && !excused && !node.isExcused()) {
            fell(node.name() + " is in quarantine, though nothing was done to its file: " + status.fault());
        }
        // One dispute is told with another index again and again.
        if (status.dispute() != null && !anyExcused && !site.isAnyExcused() && !disputed.getAndSet(true)) {
            fell("a dispute, though nothing was done to any file: " + status.dispute());
        }
    }

    private void rest() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    /** What it comes to. */
    void judge() {
        if (!twoLed) {
            findings.holds(events.terms().size() + " terms were seen, each with one leader");
        }
        if (!fallen) {
            findings.holds(
                    "no node halted; and none differed or set its file aside but those whose file was damaged on purpose");
        }
    }

    private void leads(String node, long epoch) {
        events.leads(node, epoch, System.nanoTime());
        String other = leaders.putIfAbsent(epoch, node);
        if (other != null && !other.equals(node)) {
            twoLed = true;
            findings.found("two nodes led in epoch " + epoch + ": " + other + " and " + node);
        }
    }

    private void fell(String how) {
        fallen = true;
        findings.found(how);
    }

    @Override
    public void close() {
        stopped = true;
        threads.forEach(Thread::interrupt);
    }
}
