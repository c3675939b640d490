package io.wesdb.examples.bench;

/** One subject of the benchmark, with the yardsticks that it is compared with. */
interface Part {
    /** As {@code --only} takes it. */
    String name();

    boolean inQuick();

    void run(Bench bench) throws Exception;
}
