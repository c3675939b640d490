package io.wesdb.examples;

import io.wesdb.NodeStatus.Recovery;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says how far a node is that recovers: a line at each new phase, then one a second or each five per cent, if there is news. Called by
 * one thread at a time, as the builder promises.
 */
final class ProgressLines implements Consumer<Recovery> {
    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int EVERY_PERCENT = 5;
    private static final long KB = 1024;
    private static final long MB = 1024 * KB;

    private final PrintStream err;
    private final LongSupplier nanos;
    private @Nullable Recovery last;
    private long lastNanos;
    private String lastLine = "";
    private int lastPercent;

    /** @param nanos a clock such as {@link System#nanoTime} */
    ProgressLines(PrintStream err, LongSupplier nanos) {
        this.err = err;
        this.nanos = nanos;
    }

    @Override
    public void accept(Recovery now) {
        Recovery before = last;
        last = now;
        if (now.reason() != null && (before == null || !now.reason().equals(before.reason()))) {
            print(now.reason(), now);
        }
        boolean entered =
                before == null || !now.phase().equals(before.phase()) || !Objects.equals(now.source(), before.source());
        // Every start opens its file: that alone is no news.
        if (!now.phase().equals("opening") && (entered || isDue(now))) {
            print(text(now), now);
        }
    }

    private boolean isDue(Recovery now) {
        return percent(now) >= lastPercent + EVERY_PERCENT
                || (nanos.getAsLong() - lastNanos >= EVERY_NANOS && !text(now).equals(lastLine));
    }

    private void print(String text, Recovery now) {
        lastLine = text;
        lastNanos = nanos.getAsLong();
        lastPercent = percent(now);
        err.println("recovering: " + text.strip().replaceAll("\\s*\\R\\s*", "; "));
        err.flush();
    }

    private static String text(Recovery now) {
        return switch (now.phase()) {
            case "waiting" -> "waiting for a node that can give a snapshot";
            case "fetching" -> "fetching snapshot" + from(now) + ": " + amounts(now) + " (" + percent(now) + " %)";
            case "installing" -> String.format(Locale.ROOT, "installing the snapshot of index %,d", now.index());
            case "catching_up" -> String.format(Locale.ROOT, "catching up with the log, at index %,d", now.index());
            default -> now.phase();
        };
    }

    private static String from(Recovery now) {
        return now.source() == null ? "" : " from " + now.source();
    }

    private static String amounts(Recovery now) {
        boolean small = now.totalBytes() < 10 * MB;
        long unit = small ? KB : MB;
        return String.format(
                Locale.ROOT,
                "%,d of %,d %s",
                now.receivedBytes() / unit,
                (now.totalBytes() + unit - 1) / unit,
                small ? "kB" : "MB");
    }

    private static int percent(Recovery now) {
        return now.totalBytes() == 0 ? 0 : (int) (now.receivedBytes() * 100.0 / now.totalBytes());
    }
}
