package io.wesdb.examples.harness;

import io.wesdb.examples.harness.Workload.Call;
import io.wesdb.examples.harness.Workload.Ending;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.RandomAccess;
import org.jspecify.annotations.Nullable;

/**
 * What callers asked for and were told, as they began. About a hundred bytes a call and what is asked for and told: texts are made only when
 * somebody looks. Safe for use by many threads; each call is ended by the one that began it.
 */
final class CallLog<I extends CallLog.Asked, O> {
    private final List<Entry<I, O>> entries = new ArrayList<>(); // guarded by this

    /** What a caller asks for; its text is for a person. */
    interface Asked {
        /** In a word or two. */
        String kind();

        boolean writes();
    }

    /** One call: under way, or ended. As long as nothing else is said of it, its outcome is unknown. */
    static final class Entry<I extends Asked, O> {
        final int caller;
        final String node;
        final I asked;
        final long beganNanos;
        private volatile long endedNanos = Long.MAX_VALUE; // written before the ending
        private volatile @Nullable Object told;
        private volatile Ending ending = Ending.UNKNOWN;

        Entry(int caller, String node, I asked, long beganNanos) {
            this.caller = caller;
            this.node = node;
            this.asked = asked;
            this.beganNanos = beganNanos;
        }

        Ending ending() {
            return ending;
        }

        boolean isDone() {
            return ending == Ending.DONE;
        }

        /** When the caller had its answer or gave up; {@link Long#MAX_VALUE} while the call is under way. */
        long endedNanos() {
            return endedNanos;
        }

        /** Only of one that is done. */
        @SuppressWarnings("unchecked") // done() takes only these
        O told() {
            if (!isDone() || told == null) {
                throw new IllegalStateException("not answered: " + call());
            }
            return (O) told;
        }

        void done(O answer, long nanos) {
            end(answer, Ending.DONE, nanos);
        }

        void failed(Ending how, String why, long nanos) {
            end(why, how, nanos);
        }

        private void end(@Nullable Object answer, Ending how, long nanos) {
            told = answer;
            endedNanos = nanos;
            ending = how;
        }

        Call call() {
            String what = asked + (told == null ? " -> no answer yet" : " -> " + told);
            return new Call(caller, node, asked.kind(), asked.writes(), what, ending, beganNanos, endedNanos);
        }
    }

    /** To be called before anything is sent. */
    synchronized Entry<I, O> begin(int caller, String node, I asked) {
        Entry<I, O> entry = new Entry<>(caller, node, asked, System.nanoTime());
        entries.add(entry);
        return entry;
    }

    /** All so far, as they began. */
    synchronized List<Entry<I, O>> entries() {
        return List.copyOf(entries);
    }

    /** All so far, as they began, each made when it is looked at. */
    List<Call> calls() {
        return new Calls(entries());
    }

    private static final class Calls extends AbstractList<Call> implements RandomAccess {
        private final List<? extends Entry<?, ?>> entries;

        Calls(List<? extends Entry<?, ?>> entries) {
            this.entries = entries;
        }

        @Override
        public Call get(int index) {
            return entries.get(index).call();
        }

        @Override
        public int size() {
            return entries.size();
        }
    }
}
