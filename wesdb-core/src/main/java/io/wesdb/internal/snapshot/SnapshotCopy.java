package io.wesdb.internal.snapshot;

import io.wesdb.internal.sqlite.FileCopy;
import io.wesdb.internal.sqlite.StorageException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of the database, in a file beside it that nobody writes to any more. This one, unlike the database itself, may be
 * opened and closed by Java: closing any of a process's descriptors of a file drops SQLite's locks on it. Made by one
 * thread, then owned by another.
 */
final class SnapshotCopy {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotCopy.class);
    private static final String INFIX = "-snapshot-";
    private static final Pattern SUFFIX = Pattern.compile("[0-9a-f]{16}(-journal)?");
    private static final int READ_BYTES = 256 * 1024;

    private final Path path;
    private final FileChannel file;
    private final SnapshotOffer offer;

    private SnapshotCopy(Path path, FileChannel file, SnapshotOffer offer) {
        this.path = path;
        this.file = file;
        this.offer = offer;
    }

    static Path pathOf(Path database, String id) {
        return database.resolveSibling(database.getFileName() + INFIX + id);
    }

    /** Opens a copy that was just made and reads it once; null if {@code goOn} became false, and then it is deleted. */
    static @Nullable SnapshotCopy open(Path path, String id, long index, BooleanSupplier goOn) {
        SnapshotCopy opened = null;
        try {
            FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
            try {
                CRC32C checksum = new CRC32C();
                ByteBuffer buffer = ByteBuffer.allocateDirect(READ_BYTES);
                long length = 0;
                while (goOn.getAsBoolean() && file.read(buffer.clear(), length) > 0) {
                    length += buffer.position();
                    checksum.update(buffer.flip());
                }
                if (goOn.getAsBoolean()) {
                    SnapshotOffer offer = new SnapshotOffer(id, index, length, (int) checksum.getValue());
                    opened = new SnapshotCopy(path, file, offer);
                }
                return opened;
            } finally {
                if (opened == null) {
                    file.close();
                }
            }
        } catch (IOException e) {
            throw new StorageException(StorageException.Kind.RETRY, "cannot read " + path, e);
        } finally {
            if (opened == null) {
                delete(path);
            }
        }
    }

    SnapshotOffer offer() {
        return offer;
    }

    byte[] read(long offset, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, offset + bytes.position()) < 0) {
                throw new EOFException(path + " has become shorter");
            }
        }
        return bytes.array();
    }

    void delete() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("cannot close {}: {}", path, e.toString());
        }
        delete(path);
    }

    private static void delete(Path path) {
        try {
            FileCopy.delete(path);
        } catch (IOException e) {
            LOG.warn("cannot delete {}, a snapshot given before: {}", path, e.toString());
        }
    }

    /** Deletes what a process that ended without closing has left. */
    static void deleteLeftOvers(Path database) {
        Path directory = database.toAbsolutePath().getParent();
        if (directory == null) {
            return;
        }
        String prefix = database.getFileName() + INFIX;
        DirectoryStream.Filter<Path> ours = path -> {
            String name = String.valueOf(path.getFileName());
            return name.startsWith(prefix)
                    && SUFFIX.matcher(name.substring(prefix.length())).matches();
        };
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, ours)) {
            for (Path path : files) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            LOG.warn("cannot delete old snapshots beside {}: {}", database, e.toString());
        }
    }
}
