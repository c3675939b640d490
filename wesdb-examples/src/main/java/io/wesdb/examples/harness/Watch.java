package io.wesdb.examples.harness;

import io.wesdb.examples.NodeClient.Status;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Asks every node again and again who leads, each on a thread of its own, and takes it down. For one thread. */
final class Watch implements AutoCloseable {
    private static final int POLL_MILLIS = 100;
    private static final Duration ANSWER = Duration.ofSeconds(10);

    private final Site site;
    private final Events events;
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
    private volatile boolean stopped;

    Watch(Site site, Events events) {
        this.site = site;
        this.events = events;
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
                Status status = node.client().status(ANSWER);
                if (status.role().equals("leader")) {
                    events.leads(node.name(), status.epoch(), System.nanoTime());
                }
            } catch (IOException e) {
                // it is down, or stands still
            } catch (InterruptedException e) {
                return;
            }
            rest();
        }
    }

    private void rest() {
        try {
            TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            stopped = true;
        }
    }

    /** In each term one node leads. */
    void judge(ClusterFindings findings) {
        Map<Long, String> leaders = new HashMap<>();
        List<Events.Term> terms = events.terms();
        for (Events.Term term : terms) {
            String other = leaders.put(term.epoch(), term.node());
            if (other != null && !other.equals(term.node())) {
                findings.found("two nodes led in epoch " + term.epoch() + ": " + other + " and " + term.node());
            }
        }
        findings.holds(terms.size() + " terms were seen, each with one leader");
    }

    @Override
    public void close() {
        stopped = true;
        threads.forEach(Thread::interrupt);
    }
}
