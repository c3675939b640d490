package io.wesdb.internal.snapshot;

import io.wesdb.internal.snapshot.FileStep.Kind;
import io.wesdb.internal.sqlite.StorageException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The few file operations of which everything here is made, each told to an observer before it is done. What is to
 * survive a power failure is synced by its name: a file's content by {@link #syncFile}, its being there under that name by
 * {@link #syncDirectory}. Stateless but for the observer.
 */
final class DurableFiles {
    private static final int MAX_PROPERTIES_BYTES = 64 * 1024;

    /** One operation on the disk. */
    interface Operation {
        void run() throws IOException;
    }

    private final Consumer<FileStep> observer;

    DurableFiles(Consumer<FileStep> observer) {
        this.observer = observer;
    }

    void step(Kind kind, Path path, Operation operation) {
        step(kind, path, path, operation);
    }

    private void step(Kind kind, Path path, Path target, Operation operation) {
        observer.accept(new FileStep(kind, path, target));
        try {
            operation.run();
        } catch (IOException e) {
            throw failed(kind, path, e);
        }
    }

    static StorageException failed(Object doing, Path path, IOException error) {
        return new StorageException(StorageException.Kind.RETRY, doing + " failed on " + path + ": " + error, error);
    }

    /** Never replaces: the caller looks first, and no one else works on these files. */
    void move(Path from, Path to) {
        if (Files.exists(to)) {
            throw new StorageException(
                    StorageException.Kind.FATAL, "cannot move " + from + ": there is a file already at " + to, null);
        }
        step(Kind.MOVE, from, to, () -> Files.move(from, to, StandardCopyOption.ATOMIC_MOVE));
    }

    /** True if it was there. */
    boolean delete(Path file) {
        boolean there = Files.exists(file);
        if (there) {
            step(Kind.DELETE, file, () -> Files.deleteIfExists(file));
        }
        return there;
    }

    void createDirectory(Path directory) {
        if (!Files.isDirectory(directory)) {
            step(Kind.CREATE_DIRECTORY, directory, () -> Files.createDirectory(directory));
        }
    }

    /** For files that SQLite has not open in this process; closing the descriptor would drop its locks. */
    void syncFile(Path file) {
        step(Kind.SYNC_FILE, file, () -> {
            try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
                opened.getFD().sync();
            }
        });
    }

    /** Makes what was created, moved and deleted in it survive a power failure. */
    void syncDirectory(Path directory) {
        step(Kind.SYNC_DIRECTORY, directory, () -> {
            FileChannel channel;
            try {
                channel = FileChannel.open(directory, StandardOpenOption.READ);
            } catch (IOException e) {
                return; // Windows does not open directories, and writes their changes in order by itself.
            }
            try (channel) {
                channel.force(true);
            }
        });
    }

    /** The file has the old content or the new one, whatever happens; the new one once this returns. */
    void replace(Path file, Properties content) {
        Path draft = draft(file);
        StringWriter text = new StringWriter();
        step(Kind.WRITE, draft, () -> {
            content.store(text, null);
            Files.write(draft, text.toString().getBytes(StandardCharsets.ISO_8859_1));
        });
        syncFile(draft);
        step(
                Kind.MOVE,
                draft,
                file,
                () -> Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING));
        syncDirectory(directory(file));
    }

    /** Where {@link #replace} prepares a file. */
    static Path draft(Path file) {
        return file.resolveSibling(file.getFileName() + ".draft");
    }

    static Path directory(Path file) {
        return java.util.Objects.requireNonNull(file.toAbsolutePath().getParent());
    }

    /** Null if there is no such file, or none that these operations wrote. */
    static @Nullable Properties read(Path file) {
        try {
            if (!Files.exists(file) || Files.size(file) > MAX_PROPERTIES_BYTES) {
                return null;
            }
            Properties properties = new Properties();
            properties.load(new StringReader(Files.readString(file, StandardCharsets.ISO_8859_1)));
            return properties;
        } catch (IOException e) {
            throw failed("reading", file, e);
        } catch (IllegalArgumentException e) {
            return null; // a malformed escape
        }
    }
}
