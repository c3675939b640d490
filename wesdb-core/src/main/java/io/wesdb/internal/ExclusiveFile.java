package io.wesdb.internal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A file that one holder at a time has open in all processes of this machine; it is made if it is not there. Thread safe.
 *
 * <p>The lock alone does not do: closing any descriptor of a file ends all POSIX locks that its process has on it
 * (https://sqlite.org/howtocorrupt.html, 2.2), so a second try within one process would fail, and by failing unlock the
 * file for every other process. So whether this process holds it must be known before it is opened. That is the one thing
 * here that is static: it is state of the process, as the locks are.
 */
public final class ExclusiveFile implements AutoCloseable {
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;

    private ExclusiveFile(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    /** Someone else has the file. */
    public static final class HeldException extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean byThisProcess;

        HeldException(boolean byThisProcess, Path file) {
            super((byThisProcess ? "this process has " : "another process has ") + file);
            this.byThisProcess = byThisProcess;
        }

        public boolean byThisProcess() {
            return byThisProcess;
        }
    }

    /**
     * Opens and locks the file; its directory must exist.
     *
     * @throws HeldException if someone else has it
     */
    public static ExclusiveFile open(Path file) throws IOException, HeldException {
        Path absolute = file.toAbsolutePath();
        Path directory = absolute.getParent();
        Path held = directory == null ? absolute : directory.toRealPath().resolve(absolute.getFileName());
        if (!HELD_HERE.add(held)) {
            throw new HeldException(true, file);
        }
        FileChannel channel = null;
        boolean locked = false;
        try {
            channel = FileChannel.open(
                    held, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            locked = channel.tryLock() != null;
            if (!locked) {
                throw new HeldException(false, file);
            }
            return new ExclusiveFile(held, channel);
        } catch (OverlappingFileLockException e) {
            throw new HeldException(true, file); // by a copy of this class from another class loader
        } finally {
            if (!locked) {
                if (channel != null) {
                    channel.close();
                }
                HELD_HERE.remove(held);
            }
        }
    }

    /** To read and write it by; closed with this. */
    public FileChannel channel() {
        return channel;
    }

    /** Ends the lock with the file. A second call does nothing. */
    @Override
    public void close() throws IOException {
        boolean open = channel.isOpen();
        try {
            channel.close();
        } finally {
            if (open) {
                HELD_HERE.remove(held);
            }
        }
    }
}
