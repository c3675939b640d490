package io.wesdb.examples.sql;

import java.util.List;
import java.util.Random;

/** Choices drawn from a seed: the same seed gives the same choices. For one thread. */
final class Dice {
    private final Random random;

    Dice(long seed) {
        random = new Random(seed);
    }

    /** From 0, without {@code bound}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** Both included. */
    int between(int low, int high) {
        return low + random.nextInt(high - low + 1);
    }

    boolean percent(int percent) {
        return random.nextInt(100) < percent;
    }

    long anyLong() {
        return random.nextLong();
    }

    double anyDouble() {
        return random.nextDouble();
    }

    byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @SafeVarargs
    final <T> T one(T... choices) {
        return choices[random.nextInt(choices.length)];
    }

    <T> T one(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
