package io.wesdb.internal.node;

import io.wesdb.StartException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The small file {@code <database>-node} beside the database: its lock keeps a second process off the database, and it
 * remembers the node's id and its last incarnation. Whoever holds the lock knows that the incarnation found in the file
 * is dead, and may remove what it left in ZooKeeper instead of waiting for its session to run out.
 */
final class NodeFiles implements AutoCloseable {
    private static final String NODE = "node";
    private static final String INCARNATION = "incarnation";
    private static final int MAX_BYTES = 64 * 1024;

    private final FileChannel channel;
    private final FileLock lock;
    private final String nodeId;
    private final String incarnation;
    private final @Nullable String predecessor;

    private NodeFiles(
            FileChannel channel, FileLock lock, String nodeId, String incarnation, @Nullable String predecessor) {
        this.channel = channel;
        this.lock = lock;
        this.nodeId = nodeId;
        this.incarnation = incarnation;
        this.predecessor = predecessor;
    }

    /**
     * Locks the database for this process.
     *
     * @param givenId the node's id if it is configured, else null
     * @param freshId the id for a node that has none yet
     * @param incarnation of this start
     * @throws StartException if another process has it, or the directory cannot be written
     */
    static NodeFiles lock(Path dbPath, @Nullable String givenId, String freshId, String incarnation) {
        Path directory = dbPath.getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw new StartException("the database's directory does not exist: " + directory);
        }
        Path path = dbPath.resolveSibling(dbPath.getFileName() + "-node");
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel, dbPath);
            Properties found = read(channel);
            String id = givenId != null ? givenId : found.getProperty(NODE, freshId);
            write(channel, id, incarnation);
            String predecessor = id.equals(found.getProperty(NODE)) ? found.getProperty(INCARNATION) : null;
            return new NodeFiles(channel, lock, id, incarnation, predecessor);
        } catch (IOException | IllegalArgumentException e) { // the latter for a damaged file
            closeQuietly(channel);
            throw new StartException("cannot read and write " + path + ": " + e, e);
        } catch (StartException e) {
            closeQuietly(channel);
            throw e;
        }
    }

    private static FileLock tryLock(FileChannel channel, Path dbPath) throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw new StartException("another node of this process has the database open: " + dbPath, e);
        }
        if (lock == null) {
            throw new StartException("another process has the database open: " + dbPath);
        }
        return lock;
    }

    private static Properties read(FileChannel channel) throws IOException {
        ByteBuffer content = ByteBuffer.allocate((int) Math.min(channel.size(), MAX_BYTES));
        while (content.hasRemaining() && channel.read(content, content.position()) >= 0) {
            // until full
        }
        Properties properties = new Properties();
        properties.load(new ByteArrayInputStream(content.array(), 0, content.position()));
        return properties;
    }

    private static void write(FileChannel channel, String id, String incarnation) throws IOException {
        Properties properties = new Properties();
        properties.setProperty(NODE, id);
        properties.setProperty(INCARNATION, incarnation);
        StringWriter text = new StringWriter();
        properties.store(text, "wesdb: this node's identity; do not copy it to another node");
        ByteBuffer content = ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.ISO_8859_1));
        int length = content.remaining();
        while (content.hasRemaining()) {
            channel.write(content, content.position());
        }
        channel.truncate(length);
        channel.force(true);
    }

    String nodeId() {
        return nodeId;
    }

    String incarnation() {
        return incarnation;
    }

    /** The incarnation before this one, known to be dead; null if there was none under this id. */
    @Nullable String predecessor() {
        return predecessor;
    }

    @Override
    public void close() {
        try {
            if (lock.isValid()) {
                lock.release();
            }
        } catch (IOException e) {
            // Closing the channel releases it all the same.
        }
        closeQuietly(channel);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing was written that matters.
            }
        }
    }
}
