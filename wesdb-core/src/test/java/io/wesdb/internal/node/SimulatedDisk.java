package io.wesdb.internal.node;

import io.wesdb.internal.snapshot.FileStep;
import io.wesdb.internal.snapshot.PowerFailure;
import io.wesdb.internal.sqlite.Replica;
import io.wesdb.internal.sqlite.ReplicaHooks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * The disk of one node, of which a process that ends leaves everything and a power failure only what was synced.
 *
 * <p>While SQLite has the database open, that is: the file as of the last complete checkpoint, any of the pages that an
 * incomplete one has moved since (the log still has them, and was synced before), and of the write-ahead log what the
 * last sync found; of what was written after it any sectors, in any length. While it is closed, {@link PowerFailure}
 * follows the steps. A file that SQLite has closed is synced.
 */
final class SimulatedDisk {
    private static final int SECTOR_BYTES = 512;
    private static final int PAGE_BYTES = 4096;
    private static final int WAL_HEADER_BYTES = 32;

    private final Path file;
    private Replica replica;
    private byte[] syncedFile = {};
    private byte[] syncedWal = {};
    private long syncedIndex;
    private PowerFailure steps;

    SimulatedDisk(Path file) {
        this.file = file;
    }

    private Path wal() {
        return Path.of(file + "-wal");
    }

    /** SQLite has the file open from now on, and has made a checkpoint. */
    void opened(Replica newReplica) {
        replica = newReplica;
        steps = null;
        synced();
        ReplicaHooks.onSync(newReplica, this::synced);
    }

    /** Somebody else's checkpoint was complete. */
    void checkpointed() {
        if (replica != null && !ReplicaHooks.isClosed(replica)) {
            synced();
        }
    }

    private void synced() {
        // The main file changes only by checkpoints, and a complete one syncs it: taken each time, for it costs little.
        syncedWal = read(wal());
        syncedFile = read(file);
        syncedIndex = replica.position().applied();
    }

    /** The index that survives a power failure for certain, as the disk knows it. */
    long syncedIndex() {
        return syncedIndex;
    }

    /** Before it is done. */
    void step(FileStep step) {
        if (steps == null) {
            steps = new PowerFailure(file.getParent(), Integer.MAX_VALUE);
        }
        steps.accept(step);
    }

    /** The process ends: its connections are closed, the files are as they were before. */
    void processEnds() {
        if (replica == null || ReplicaHooks.isClosed(replica)) {
            return;
        }
        byte[] main = read(file);
        byte[] log = read(wal());
        leave(main, log);
    }

    private void leave(byte[] main, byte[] log) {
        replica.close();
        replica = null;
        for (String suffix : List.of("", "-wal", "-shm", "-journal")) {
            delete(Path.of(file + suffix));
        }
        write(file, main);
        if (log.length > 0) {
            write(wal(), log);
        }
    }

    /** The power fails: what was not synced is lost, or not. Gives what was left, in words. */
    String powerFails(Random random) {
        if (replica != null && !ReplicaHooks.isClosed(replica)) {
            byte[] log = read(wal());
            byte[] main = mixed(syncedFile, read(file), PAGE_BYTES, random.nextInt(3), random);
            byte[] left = leftOf(log, random);
            leave(main, left);
            return "of " + frames(log) + " frames in the write-ahead log, " + frames(syncedWal) + " of them synced, "
                    + frames(left) + " are left";
        } else if (steps != null) {
            steps.strike(random);
            steps = null;
            return "while its files were changed";
        }
        return "its files were closed";
    }

    private static int frames(byte[] wal) {
        return Math.max(0, wal.length - WAL_HEADER_BYTES) / (PAGE_BYTES + 24);
    }

    /** SQLite syncs the header of a log that it begins anew before anything comes after it. */
    private byte[] syncedWithHeaderOf(byte[] log) {
        if (log.length < WAL_HEADER_BYTES) {
            return syncedWal;
        }
        byte[] synced = Arrays.copyOf(syncedWal, Math.max(syncedWal.length, WAL_HEADER_BYTES));
        System.arraycopy(log, 0, synced, 0, WAL_HEADER_BYTES);
        return synced;
    }

    private byte[] leftOf(byte[] log, Random random) {
        byte[] old = syncedWithHeaderOf(log);
        switch (random.nextInt(5)) {
            case 0:
                return old; // nothing that came after
            case 1:
                return log; // everything
            case 2: // everything up to somewhere, perhaps within a frame
                if (log.length <= old.length) {
                    return old;
                }
                int length = old.length + random.nextInt(log.length - old.length + 1);
                byte[] cut = mixed(old, Arrays.copyOf(log, length), SECTOR_BYTES, 1, random);
                return cut;
            case 3: // the length, and any of the sectors
                return mixed(old, log, SECTOR_BYTES, 2, random);
            default: // most of the sectors
                return mixed(old, log, SECTOR_BYTES, 3, random);
        }
    }

    /** @param how 0 the old, 1 the new, 2 each block by the toss of a coin, 3 mostly the new */
    private static byte[] mixed(byte[] old, byte[] now, int block, int how, Random random) {
        byte[] left = Arrays.copyOf(old, Math.max(old.length, now.length));
        for (int at = 0; at < now.length; at += block) {
            boolean take = how == 1 || (how == 2 && random.nextBoolean()) || (how == 3 && random.nextInt(16) > 0);
            if (take) {
                System.arraycopy(now, at, left, at, Math.min(block, now.length - at));
            }
        }
        return how == 0 ? old : left;
    }

    /** A page of the closed file is overwritten with what no page of SQLite's looks like. False if there is none. */
    boolean damage(Random random) {
        byte[] main = read(file);
        int pages = main.length / PAGE_BYTES;
        if (pages == 0) {
            return false;
        }
        int page = random.nextInt(pages);
        Arrays.fill(main, page * PAGE_BYTES, (page + 1) * PAGE_BYTES, (byte) 0xA5);
        write(file, main);
        return true;
    }

    /** All of the closed database is gone. */
    void lose() {
        for (String suffix : List.of("", "-wal", "-shm", "-journal")) {
            delete(Path.of(file + suffix));
        }
    }

    /** Whether a file was ever set aside for having another content than the others. */
    boolean everDiverged() {
        try (Stream<Path> beside = Files.list(file.getParent())) {
            return beside.anyMatch(path -> path.getFileName().toString().matches(".*-aside-.*-diverged.*"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path path) {
        try {
            return Files.exists(path) ? Files.readAllBytes(path) : new byte[0];
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void write(Path path, byte[] content) {
        try {
            Files.write(path, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
