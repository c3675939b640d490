package io.wesdb.internal.snapshot;

import io.wesdb.internal.env.Clock;
import io.wesdb.internal.sqlite.MainFile;
import io.wesdb.internal.sqlite.ReplicaInspector;
import io.wesdb.internal.sqlite.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All files of a node's database, and how one database takes another's place such that a kill or a power failure at any
 * instant leaves the old one whole or the new one whole, once {@link #recover} has run (I9).
 *
 * <table>
 * <caption>Beside the database {@code db}</caption>
 * <tr><td>{@code db-wal}, {@code db-shm}, {@code db-journal}</td><td>SQLite's, part of the database</td></tr>
 * <tr><td>{@code db-incoming}, {@code db-incoming.properties}</td><td>a snapshot being received, and how much of it is
 *     on the disk for sure</td></tr>
 * <tr><td>{@code db-install}</td><td>a snapshot, whole, verified and synced</td></tr>
 * <tr><td>{@code db-plan.properties}</td><td>what is being done to the database; from it {@link #recover} goes on</td></tr>
 * <tr><td>{@code db-aside-<UTC time>-<reason>/}</td><td>what was set aside; never deleted by wesdb</td></tr>
 * <tr><td>{@code db-snapshot-*}</td><td>copies being given to others; worthless after a restart</td></tr>
 * </table>
 *
 * <p>Why the order of steps is as it is: a database and its write-ahead log are one. A log must never meet another
 * database than its own (SQLite would play it into that), so the old log is gone, and that is synced, before the snapshot
 * gets the database's name. And a database must never be found without its log, for it would look sound and lack what
 * was acknowledged, so the database goes first.
 *
 * <p>For one thread at a time, <b>and only while the database is closed</b> in every process. In particular no code may
 * open and close the main file by Java's means while SQLite has it open in this process: that drops SQLite's locks
 * (https://sqlite.org/howtocorrupt.html, 2.2).
 */
public final class ReplicaFiles {
    /** What {@link #recover} found left to do. */
    public enum Recovery {
        /** Nothing but, at most, the rests of a transfer or of copies for others. */
        NOTHING,
        /** The old database had to go, and now is gone; there is none. */
        REMOVED,
        /** A snapshot was to be installed, and now it is. */
        INSTALLED
    }

    private static final Logger LOG = LoggerFactory.getLogger(ReplicaFiles.class);

    /** So many of them, and the log says that they take space. */
    private static final int MANY_ASIDE = 3;

    private static final int MAX_REASON = 40;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    /** The database before its log: see above. */
    private static final List<String> DATABASE_PARTS = List.of("", "-wal", "-journal", "-shm");

    private final Path database;
    private final Path directory;
    private final Clock clock;
    private final DurableFiles files;
    private final MainFile mainFile;

    public ReplicaFiles(Path database, Clock clock) {
        this(database, clock, step -> {});
    }

    /** @param observer told of each step before it is done; it may throw, which is a crash */
    public ReplicaFiles(Path database, Clock clock, Consumer<FileStep> observer) {
        this.database = ReplicaInspector.followLinks(database); // SQLite has its files beside the link's target
        this.directory = DurableFiles.directory(this.database);
        this.clock = clock;
        this.files = new DurableFiles(observer);
        this.mainFile = new MainFile(this.database);
    }

    public Path database() {
        return database;
    }

    /** The database, to be read from while it is open; closed here before another one takes its place. */
    public MainFile mainFile() {
        return mainFile;
    }

    Path incoming() {
        return beside("-incoming");
    }

    Path incomingProperties() {
        return beside("-incoming.properties");
    }

    Path waiting() {
        return beside("-install");
    }

    private Path plan() {
        return beside("-plan.properties");
    }

    private Path beside(String suffix) {
        return database.resolveSibling(database.getFileName() + suffix);
    }

    DurableFiles durable() {
        return files;
    }

    Path directory() {
        return directory;
    }

    /**
     * Moves the database away, complete, into a directory beside it.
     *
     * @param reason a word or two, part of the directory's name
     * @return the directory; null if there was nothing to move
     * @throws StorageException if that failed; {@link #recover} or a second call goes on with it
     */
    public @Nullable Path setAside(String reason) {
        return carryOut(false, OldFile.SET_ASIDE, reason);
    }

    /**
     * Puts the snapshot that {@link IncomingSnapshot#verify} left in the database's place.
     *
     * @param old what becomes of the database that is there, if one is
     * @param reason a word or two, for the name of the directory that it is moved to
     * @return that directory; null if nothing was set aside
     * @throws StorageException if that failed; {@link #recover} or a second call goes on with it
     */
    public @Nullable Path install(OldFile old, String reason) {
        if (!Files.exists(waiting()) && !Files.exists(plan())) {
            throw new IllegalStateException("there is no verified snapshot at " + waiting());
        }
        return carryOut(true, old, reason);
    }

    private @Nullable Path carryOut(boolean install, OldFile old, String reason) {
        letGo();
        InstallPlan unfinished = readPlan();
        if (unfinished != null) {
            Path aside = finish(unfinished);
            if (unfinished.install() == install) {
                return aside;
            }
        }
        if (!install && !anyPartExists()) {
            return null;
        }
        InstallPlan plan = new InstallPlan(old, freshAsideName(reason), install);
        files.replace(plan(), plan.toProperties());
        return finish(plan);
    }

    private void letGo() {
        try {
            mainFile.close();
        } catch (IOException e) {
            throw DurableFiles.failed("closing", database, e);
        }
    }

    private boolean anyPartExists() {
        return withSqliteFiles(database).stream().anyMatch(Files::exists);
    }

    private @Nullable InstallPlan readPlan() {
        Properties properties = DurableFiles.read(plan());
        return properties == null ? null : InstallPlan.of(properties, freshAsideName("unknown"));
    }

    private String freshAsideName(String reason) {
        String word = reason.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String name = database.getFileName() + "-aside-" + TIME.format(Instant.ofEpochMilli(clock.wallMillis())) + "-"
                + word.substring(0, Math.min(word.length(), MAX_REASON)).replaceAll("-$", "");
        String free = name;
        for (int i = 2; Files.exists(directory.resolve(free)); i++) {
            free = name + "-" + i;
        }
        return free;
    }

    /** Each step may have been done before. While the snapshot waits under its own name, what is in its place is old. */
    private @Nullable Path finish(InstallPlan plan) {
        if (!plan.install() || Files.exists(waiting())) {
            if (plan.old() == OldFile.SET_ASIDE) {
                moveAside(plan);
            } else {
                withSqliteFiles(database).forEach(files::delete);
                files.syncDirectory(directory);
            }
        }
        if (plan.install() && Files.exists(waiting())) {
            files.move(waiting(), database);
            files.syncDirectory(directory);
        }
        if (plan.install() && !Files.exists(incoming())) {
            files.delete(incomingProperties());
        }
        files.delete(plan());
        files.syncDirectory(directory);
        Path aside = directory.resolve(plan.asideName());
        return plan.old() == OldFile.SET_ASIDE && Files.isDirectory(aside) ? aside : null;
    }

    private void moveAside(InstallPlan plan) {
        if (!anyPartExists()) {
            return;
        }
        Path aside = directory.resolve(plan.asideName());
        files.createDirectory(aside);
        files.syncDirectory(directory);
        for (Path part : withSqliteFiles(database)) {
            if (Files.exists(part)) {
                files.move(part, aside.resolve(part.getFileName()));
            }
        }
        // First that they are there, then that they are no more here: never in neither place.
        files.syncDirectory(aside);
        files.syncDirectory(directory);
        warnIfMany();
    }

    private void warnIfMany() {
        String prefix = database.getFileName() + "-aside-";
        long count;
        try (Stream<Path> all = Files.list(directory)) {
            count = all.filter(path -> path.getFileName().toString().startsWith(prefix))
                    .count();
        } catch (IOException e) {
            LOG.debug("cannot list {}", directory, e);
            return;
        }
        if (count >= MANY_ASIDE) {
            LOG.warn(
                    "{} databases have been set aside beside {}: they take disk space and are yours to delete"
                            + " ({}*)",
                    count,
                    database,
                    prefix);
        }
    }

    /**
     * Finishes what a kill or a power failure interrupted, and deletes what is worthless after it. To be called at each
     * start, before anyone looks at the database.
     *
     * @throws StorageException if that failed; it can be called again
     */
    public Recovery recover() {
        InstallPlan plan = readPlan();
        Recovery recovery = Recovery.NOTHING;
        if (plan != null) {
            finish(plan);
            recovery = plan.install() && Files.exists(database) ? Recovery.INSTALLED : Recovery.REMOVED;
            LOG.info("{}: finished what the last run of this node had begun: {}", database, plan);
        }
        takeBackWaiting();
        cleanUp();
        return recovery;
    }

    /** A snapshot that no one decided to install counts as received: whoever asks for the same one again has it at once. */
    void takeBackWaiting() {
        if (!Files.exists(waiting()) || Files.exists(plan())) {
            return;
        }
        if (Files.exists(incomingProperties()) && !Files.exists(incoming())) {
            files.move(waiting(), incoming());
        } else {
            files.delete(waiting());
        }
        files.syncDirectory(directory);
    }

    /** Deletes what was received of a snapshot. */
    void dropIncoming() {
        boolean changed = false;
        for (Path part : withSqliteFiles(incoming())) {
            changed |= files.delete(part);
        }
        changed |= files.delete(incomingProperties());
        if (changed) {
            files.syncDirectory(directory);
        }
    }

    private static List<Path> withSqliteFiles(Path file) {
        return DATABASE_PARTS.stream()
                .map(suffix -> file.resolveSibling(file.getFileName() + suffix))
                .toList();
    }

    private void cleanUp() {
        boolean changed = false;
        for (Path worthless : worthless()) {
            changed |= files.delete(worthless);
        }
        if (!Files.exists(incomingProperties())) {
            changed |= files.delete(incoming());
        } else if (!Files.exists(incoming())) {
            changed |= files.delete(incomingProperties());
        }
        if (changed) {
            files.syncDirectory(directory);
        }
    }

    private List<Path> worthless() {
        String copies = database.getFileName() + "-snapshot-";
        List<Path> others = Stream.of(incoming(), waiting())
                .flatMap(file -> withSqliteFiles(file).stream().filter(part -> !part.equals(file)))
                .toList();
        List<Path> drafts = List.of(DurableFiles.draft(plan()), DurableFiles.draft(incomingProperties()));
        try (Stream<Path> all = Files.list(directory)) {
            return all.filter(path -> path.getFileName().toString().startsWith(copies)
                            || others.contains(path)
                            || drafts.contains(path))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw DurableFiles.failed("listing", directory, e);
        }
    }
}
