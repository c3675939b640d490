package io.wesdb.internal.snapshot;

import io.wesdb.internal.snapshot.FileStep.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;

/**
 * A disk that keeps only what was synced, watched through the steps: a file's content as of its last sync, or anything
 * since; of the names made, moved and deleted since their directory's sync any selection. Fails, or just crashes the
 * process, before a given step.
 */
public final class PowerFailure implements java.util.function.Consumer<FileStep> {
    /** The process ends here. */
    static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    private static final class Inode {
        byte[] synced;
        byte[] current;

        Inode(byte[] synced, byte[] current) {
            this.synced = synced;
            this.current = current;
        }
    }

    /** A change of names not yet synced: {@code from} null for a new one, {@code to} null for a deleted one. */
    private record NameChange(Path from, Path to, Inode inode, List<Path> unsyncedDirectories) {}

    final List<FileStep> steps = new ArrayList<>();
    private final Path directory;
    private final int crashBefore;
    private final Map<Path, Inode> names = new LinkedHashMap<>();
    private final Map<Path, Inode> durable = new LinkedHashMap<>();
    private final List<NameChange> pending = new ArrayList<>();
    private FileStep underWay;

    public PowerFailure(Path directory, int crashBefore) {
        this.directory = directory;
        this.crashBefore = crashBefore;
        for (Path path : files(directory)) {
            byte[] content = read(path);
            Inode inode = new Inode(content, content);
            names.put(path, inode);
            durable.put(path, inode);
        }
    }

    @Override
    public void accept(FileStep step) {
        settle();
        if (steps.size() == crashBefore) {
            throw new Crash();
        }
        steps.add(step);
        underWay = step;
    }

    /** What the last step has done. */
    private void settle() {
        FileStep step = underWay;
        underWay = null;
        if (step == null) {
            return;
        }
        Path path = step.path();
        switch (step.kind()) {
            case WRITE, APPEND -> written(path, step.kind() == Kind.WRITE);
            case SYNC_FILE -> {
                Inode inode = names.get(path);
                inode.current = read(path);
                inode.synced = inode.current;
            }
            case MOVE -> {
                Inode inode = names.remove(path);
                names.put(step.target(), inode);
                change(path, step.target(), inode);
            }
            case DELETE -> change(path, null, names.remove(path));
            case CREATE_DIRECTORY -> {} // never missing if a file in it is not
            case SYNC_DIRECTORY -> {
                pending.forEach(change -> change.unsyncedDirectories.remove(path));
                for (NameChange change : List.copyOf(pending)) {
                    if (change.unsyncedDirectories.isEmpty()) {
                        pending.remove(change);
                        apply(change, durable);
                    }
                }
            }
        }
    }

    private void written(Path path, boolean anew) {
        Inode inode = names.get(path);
        if (inode == null) {
            inode = new Inode(new byte[0], new byte[0]);
            names.put(path, inode);
            change(null, path, inode);
        } else if (anew) {
            inode.synced = new byte[0];
        }
        inode.current = read(path);
    }

    private void change(Path from, Path to, Inode inode) {
        List<Path> directories = new ArrayList<>();
        for (Path path : Arrays.asList(from, to)) {
            if (path != null && !directories.contains(path.getParent())) {
                directories.add(path.getParent());
            }
        }
        pending.add(new NameChange(from, to, inode, directories));
    }

    private static void apply(NameChange change, Map<Path, Inode> disk) {
        if (change.from != null && disk.get(change.from) != change.inode) {
            return; // what it moves or deletes never came to be there
        }
        if (change.from != null) {
            disk.remove(change.from);
        }
        if (change.to != null) {
            disk.put(change.to, change.inode);
        }
    }

    /** Leaves on the disk what this power failure lets survive. */
    public void strike(Random random) {
        settle();
        Map<Path, Inode> left = new LinkedHashMap<>(durable);
        pending.stream().filter(change -> random.nextBoolean()).forEach(change -> apply(change, left));
        for (Path path : files(directory)) {
            remove(path);
        }
        left.forEach((path, inode) -> write(path, content(inode, random)));
    }

    private static byte[] content(Inode inode, Random random) {
        boolean unsynced = inode.current != inode.synced;
        if (!unsynced || random.nextInt(3) == 0) {
            return inode.synced;
        } else if (random.nextBoolean()) {
            return inode.current;
        }
        // The length got to the disk, what is there did not.
        return Arrays.copyOf(inode.synced, inode.current.length);
    }

    private static List<Path> files(Path directory) {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .sorted(Comparator.naturalOrder())
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void remove(Path path) {
        try {
            Files.delete(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path path, byte[] content) {
        try {
            Files.createDirectories(path.getParent());
            Files.write(path, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
