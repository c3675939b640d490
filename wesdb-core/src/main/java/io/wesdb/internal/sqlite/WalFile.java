package io.wesdb.internal.sqlite;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The write-ahead log's file, to be synced beside SQLite. It stays the same file while a connection is open, though
 * its content may be cut off, and is kept open as long: an error of the disk is told to those who had the file open when it happened.
 *
 * <p>Only this file may be opened here. SQLite's locks are POSIX locks on the main file (and on {@code -shm}), and a
 * process loses them when <em>any</em> of its descriptors of that file is closed. Thread safe.
 */
final class WalFile implements AutoCloseable {
    private final FileChannel channel;
    private volatile Runnable syncListener = () -> {};

    private WalFile(FileChannel channel) {
        this.channel = channel;
    }

    /** The log of the database at {@code path}, which a connection has open and has read from. */
    static WalFile of(Path path) throws IOException {
        return new WalFile(FileChannel.open(Path.of(path + "-wal"), StandardOpenOption.WRITE));
    }

    void sync() throws IOException {
        channel.force(false);
        syncListener.run();
    }

    /** For tests of power failures. */
    void onSync(Runnable listener) {
        syncListener = listener;
    }

    long size() throws IOException {
        return channel.size();
    }

    /** Makes a new file's name survive a power failure, where the operating system lets directories be synced. */
    static void syncDirectoryOf(Path path) throws IOException {
        Path directory = path.toAbsolutePath().getParent();
        if (directory == null) {
            return;
        }
        FileChannel opened;
        try {
            opened = FileChannel.open(directory, StandardOpenOption.READ);
        } catch (IOException e) {
            return; // Windows: there is nothing to sync
        }
        try (opened) {
            opened.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
