package io.wesdb.internal.node;

import io.wesdb.StartException;
import io.wesdb.internal.ExclusiveFile;
import io.wesdb.internal.ExclusiveFile.HeldException;
import io.wesdb.internal.sqlite.ReplicaInspector;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

    private final ExclusiveFile file;
    private final String nodeId;
    private final String incarnation;
    private final @Nullable String predecessor;

    private NodeFiles(ExclusiveFile file, String nodeId, String incarnation, @Nullable String predecessor) {
        this.file = file;
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
        // Beside the database itself where dbPath is a link: who comes by another name must find the lock, too.
        Path database = ReplicaInspector.followLinks(dbPath);
        Path path = database.resolveSibling(database.getFileName() + "-node");
        ExclusiveFile file = null;
        try {
            file = ExclusiveFile.open(path);
            Properties found = read(file.channel());
            String id = givenId != null ? givenId : found.getProperty(NODE, freshId);
            write(file.channel(), id, incarnation);
            String predecessor = id.equals(found.getProperty(NODE)) ? found.getProperty(INCARNATION) : null;
            return new NodeFiles(file, id, incarnation, predecessor);
        } catch (HeldException e) {
            String who = e.byThisProcess() ? "another node of this process" : "another process";
            throw new StartException(who + " has the database open: " + dbPath, e);
        } catch (IOException | IllegalArgumentException e) { // the latter for a damaged file
            closeQuietly(file);
            throw new StartException("cannot read and write " + path + ": " + e, e);
        }
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
        closeQuietly(file);
    }

    private static void closeQuietly(@Nullable ExclusiveFile file) {
        if (file != null) {
            try {
                file.close();
            } catch (IOException e) {
                // Nothing was written that matters.
            }
        }
    }
}
