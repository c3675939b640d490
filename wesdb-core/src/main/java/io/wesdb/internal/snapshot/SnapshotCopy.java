package io.wesdb.internal.snapshot;

import io.wesdb.internal.sqlite.FileCopy;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A copy of the database, in a file beside it that nobody writes to any more and that is deleted when it is released. This
 * one, unlike the database itself, may be opened and closed by Java at any time.
 */
final class SnapshotCopy implements SnapshotBytes {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotCopy.class);
    private static final String INFIX = "-snapshot-";
    private static final Pattern SUFFIX = Pattern.compile("[0-9a-f]{16}(-journal)?");

    private final Path path;
    private final FileChannel file;
    private final long length;

    private SnapshotCopy(Path path, FileChannel file, long length) {
        this.path = path;
        this.file = file;
        this.length = length;
    }

    static Path pathOf(Path database, String id) {
        return database.resolveSibling(database.getFileName() + INFIX + id);
    }

    /** A copy that is whole. */
    static SnapshotCopy open(Path path) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new SnapshotCopy(path, file, file.size());
        } catch (IOException e) {
            file.close();
            throw e;
        }
    }

    @Override
    public long lengthBytes() {
        return length;
    }

    @Override
    public void read(byte[] target, int count, long offset) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(target, 0, count);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, offset + bytes.position()) < 0) {
                throw new EOFException(path + " has become shorter");
            }
        }
    }

    @Override
    public void release() {
        try {
            file.close();
        } catch (IOException e) {
            LOG.warn("cannot close {}: {}", path, e.toString());
        }
        delete(path);
    }

    static void delete(Path path) {
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
