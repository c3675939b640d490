package io.wesdb.examples;

import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * What callers were told of their writes, each of which carries an id of its own, to be held against what a node has in the end. One that
 * was neither acknowledged nor refused may be there or not. Safe for use by many threads.
 */
final class Ledger {
    private static final long IDS_A_CALLER = 1_000_000_000;
    private static final int PAGE = 20_000;

    private final List<Account> accounts = new ArrayList<>();

    /** One caller's writes, by number. */
    private static final class Account {
        private final BitSet acknowledged = new BitSet();
        private final BitSet refused = new BitSet();
    }

    Ledger(int callers) {
        for (int i = 0; i < callers; i++) {
            accounts.add(new Account());
        }
    }

    static long id(int caller, long number) {
        return caller * IDS_A_CALLER + number;
    }

    synchronized void acknowledged(int caller, long number) {
        accounts.get(caller).acknowledged.set(Math.toIntExact(number));
    }

    /** The caller was told that nothing was done. */
    synchronized void refused(int caller, long number) {
        accounts.get(caller).refused.set(Math.toIntExact(number));
    }

    synchronized long acknowledged() {
        return accounts.stream()
                .mapToLong(account -> account.acknowledged.cardinality())
                .sum();
    }

    synchronized long refused() {
        return accounts.stream()
                .mapToLong(account -> account.refused.cardinality())
                .sum();
    }

    /**
     * What does not fit.
     *
     * @param missing acknowledged, but not there
     * @param surplus there, although the caller was told that nothing was done
     * @param found all that are there
     */
    record Audit(long missing, long surplus, long found) {}

    /** Reads all ids that the node has in the table {@code written}, once it has applied {@code index}. */
    Audit audit(NodeClient node, long index) throws IOException, InterruptedException {
        List<BitSet> found = new ArrayList<>();
        accounts.forEach(account -> found.add(new BitSet()));
        long last = -1;
        while (true) {
            List<? extends List<?>> rows = node.query(
                            index, "SELECT id FROM written WHERE id > ? ORDER BY id LIMIT " + PAGE, last)
                    .rows();
            for (List<?> row : rows) {
                last = ((Number) row.get(0)).longValue();
                found.get((int) (last / IDS_A_CALLER)).set((int) (last % IDS_A_CALLER));
            }
            if (rows.size() < PAGE) {
                return compare(found);
            }
        }
    }

    private synchronized Audit compare(List<BitSet> found) {
        long missing = 0;
        long surplus = 0;
        long all = 0;
        for (int i = 0; i < found.size(); i++) {
            BitSet lost = (BitSet) accounts.get(i).acknowledged.clone();
            lost.andNot(found.get(i));
            missing += lost.cardinality();
            BitSet done = (BitSet) accounts.get(i).refused.clone();
            done.and(found.get(i));
            surplus += done.cardinality();
            all += found.get(i).cardinality();
        }
        return new Audit(missing, surplus, all);
    }
}
