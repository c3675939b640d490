package io.wesdb.examples.harness;

import io.wesdb.examples.Await;
import io.wesdb.examples.NodeClient.Verified;
import io.wesdb.examples.SmallDisk;
import io.wesdb.examples.harness.Nemesis.Strike;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Those that do something to a node's files, its disk or its clock. */
final class FileNemeses {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final Duration VERIFY_PATIENCE = Duration.ofSeconds(20);
    private static final int LEAST_MILLIS = 1_000;
    private static final int MORE_MILLIS = 4_000;
    private static final int MOST_BYTES_CHANGED = 64;

    /** Less than idempotency keys are remembered for: by the log's time, which never goes back. */
    private static final int MOST_SHIFT_SECONDS = 2 * 3600;

    private FileNemeses() {}

    static List<Nemesis> all() {
        return List.of(
                new Nemesis("full-disk", "not one byte more can be written", FileNemeses::fill),
                new Nemesis("damage", "some bytes of a stopped node's file are changed", FileNemeses::damage),
                new Nemesis("delete", "a stopped node's files are deleted", FileNemeses::delete),
                new Nemesis("clock", "a node's wall clock jumps, and back", FileNemeses::shiftClock));
    }

    /** Why there is no full disk here; null if there can be one. */
    static @Nullable String whyNoFullDisk(Site site) {
        SmallDisk disk = site.smallDisk();
        return disk == null || disk.isMounted() ? null : disk.whyNot();
    }

    private static @Nullable Strike fill(Targets targets, Random random) throws IOException {
        SmallDisk disk = targets.site().smallDisk();
        if (disk == null || !disk.isMounted()) {
            return null;
        }
        SiteNode node = targets.take(targets.site().onSmallDisk());
        if (node == null) {
            return null;
        }
        disk.fill();
        return new Strike(
                node.name() + "'s disk is full",
                List.of(node.name()),
                LEAST_MILLIS + random.nextInt(MORE_MILLIS),
                disk::free);
    }

    /**
     * What such a file gives to readers until its content is next compared is not promised to be right, so nobody asks that node before it
     * has been.
     */
    private static @Nullable Strike damage(Targets targets, Random random) throws IOException, InterruptedException {
        SiteNode node = targets.takeAny();
        if (node == null || !Files.exists(node.file()) || Files.size(node.file()) == 0) {
            return null; // one that joins just now has nothing yet
        }
        node.withhold(true);
        node.excuse();
        node.kill();
        List<Path> files = node.files().stream()
                .filter(file -> !file.toString().endsWith("-shm"))
                .toList();
        StringBuilder what = new StringBuilder();
        for (Path file : files) {
            long length = Files.size(file);
            if (length > 0 && (files.size() == 1 || random.nextBoolean() || what.isEmpty())) {
                int count = 1 + random.nextInt(MOST_BYTES_CHANGED);
                change(file, length, count, random);
                what.append(what.isEmpty() ? "" : ", ")
                        .append(count)
                        .append(" bytes of ")
                        .append(file.getFileName());
            }
        }
        return new Strike(
                node.name() + " killed, changed: " + what, List.of(node.name()), random.nextInt(LEAST_MILLIS), () -> {
                    node.launch();
                    targets.site().afterwards(() -> provedSound(targets.site(), node));
                });
    }

    private static void change(Path path, long length, int count, Random random) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            // As a bad sector has it: near each other, anywhere.
            long at = (long) (random.nextDouble() * Math.max(1, length - count));
            for (int i = 0; i < count; i++) {
                file.seek(at + i);
                int old = file.read();
                file.seek(at + i);
                file.write(old ^ (1 + random.nextInt(255)));
            }
        }
    }

    private static void provedSound(Site site, SiteNode node) throws IOException, InterruptedException {
        Await.until(PATIENCE, node.name() + " to have the others' content after its file was damaged", () -> {
            Verified verified = node.client().verify(VERIFY_PATIENCE);
            return verified.sound() && verified.agreeing().contains(node.name());
        });
        // A file that is still the same one may be damaged where no content is, and that may show at any time.
        if (!node.setAside().isEmpty()) {
            node.excuseNoMore();
        }
        node.withhold(false);
    }

    private static @Nullable Strike delete(Targets targets, Random random) throws IOException, InterruptedException {
        SiteNode node = targets.takeAny();
        if (node == null) {
            return null;
        }
        node.kill();
        for (Path file : node.files()) {
            Files.delete(file);
        }
        return new Strike(
                node.name() + " killed, its files deleted", List.of(node.name()), random.nextInt(LEAST_MILLIS), () -> {
                    node.launch();
                    // What may have been wrong with the file went with it.
                    targets.site().afterwards(node::excuseNoMore);
                });
    }

    private static @Nullable Strike shiftClock(Targets targets, Random random) throws IOException {
        SiteNode leader = targets.leader();
        List<SiteNode> nodes = targets.site().nodes();
        SiteNode node = leader != null && random.nextInt(3) > 0 ? leader : nodes.get(random.nextInt(nodes.size()));
        // From a second to hours, small ones as often as large ones.
        long seconds = (long) Math.exp(random.nextDouble() * Math.log(MOST_SHIFT_SECONDS));
        long shift = (random.nextBoolean() ? 1_000 : -1_000) * seconds;
        node.shiftClock(shift);
        return new Strike(
                node.name() + (node == leader ? " (leader)" : "") + "'s clock off by "
                        + String.format("%+,d s", shift / 1_000),
                List.of(node.name()),
                LEAST_MILLIS + random.nextInt(MORE_MILLIS),
                () -> node.shiftClock(0));
    }
}
