package io.wesdb.examples.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Stands in for {@link System} where a node reads its clock ({@link ShiftedClock}): the wall clock is off by as many milliseconds as stand
 * in a file. Thread safe.
 */
public final class ShiftedSystem {
    /** A system property with the file's path. */
    static final String FILE = "wesdb.harness.clock";

    private static final Path OFFSET = Path.of(System.getProperty(FILE, ""));
    private static final long LOOK_NANOS = 50_000_000;

    private static volatile long offsetMillis;
    private static volatile long lookedNanos = System.nanoTime() - LOOK_NANOS;

    private ShiftedSystem() {}

    public static long currentTimeMillis() {
        long now = System.nanoTime();
        if (now - lookedNanos >= LOOK_NANOS) {
            lookedNanos = now;
            offsetMillis = read();
        }
        return System.currentTimeMillis() + offsetMillis;
    }

    private static long read() {
        try {
            return Long.parseLong(Files.readString(OFFSET).strip());
        } catch (IOException | NumberFormatException e) {
            return offsetMillis; // it is being written, or was never
        }
    }

    public static long nanoTime() {
        return System.nanoTime();
    }
}
