package io.wesdb.internal.snapshot;

import io.wesdb.internal.snapshot.FileStep.Kind;
import io.wesdb.internal.snapshot.SnapshotRejectedException.Check;
import io.wesdb.internal.sqlite.ReplicaInspector;
import io.wesdb.internal.sqlite.ReplicaVerdict;
import io.wesdb.internal.sqlite.StorageException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A snapshot on its way in: written piece by piece, resumed after a broken connection or a restart, verified as a whole.
 * For one thread at a time; one of them for a database.
 *
 * <p>What is recorded as received is on the disk: the data is synced before, and what was written past the recorded
 * progress before a crash is cut off, for after a power failure it may be zeros. Both are done beside, on another thread,
 * so that the disk is not waited for while more comes.
 */
public final class IncomingSnapshot implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingSnapshot.class);

    /** So much may be lost by a crash and must be asked for again. */
    private static final long SYNC_EVERY_BYTES = 64L * 1024 * 1024;

    /** When so many times as much is not synced yet, receiving waits for the disk (I12). */
    private static final int MAX_SYNCS_AHEAD = 4;

    /** Left free for the write-ahead log and the like. */
    private static final long SPARE_BYTES = 64L * 1024 * 1024;

    private static final int READ_BYTES = 256 * 1024;

    private final ReplicaFiles files;
    private final String source;
    private final SnapshotOffer offer;
    private final long syncEveryBytes;
    private final Executor syncs;
    private final RandomAccessFile file;
    private final CRC32C checksum;
    private long received;
    private long syncAsked;

    /** Held while it is synced, recorded and closed: what follows changes only then. */
    private final Object syncing = new Object();

    private volatile @Nullable StorageException syncFailure;
    private volatile long recorded;
    private volatile boolean closed;

    private IncomingSnapshot(
            ReplicaFiles files,
            String source,
            SnapshotOffer offer,
            long syncEveryBytes,
            Executor syncs,
            RandomAccessFile file,
            CRC32C checksum,
            long received) {
        this.files = files;
        this.source = source;
        this.offer = offer;
        this.syncEveryBytes = syncEveryBytes;
        this.syncs = syncs;
        this.file = file;
        this.checksum = checksum;
        this.received = received;
        this.syncAsked = received;
        this.recorded = received;
    }

    /**
     * Goes on with what there is of this offer, from this process or an earlier one; if it is of another, that is
     * deleted and this one begun.
     *
     * @param sourceNode who offers it
     * @param syncs where the disk is waited for
     * @throws NotEnoughSpaceException if the disk has no room for the rest of it
     * @throws StorageException if the files cannot be written
     */
    public static IncomingSnapshot open(ReplicaFiles files, String sourceNode, SnapshotOffer offer, Executor syncs) {
        return open(files, sourceNode, offer, syncs, SYNC_EVERY_BYTES);
    }

    static IncomingSnapshot open(
            ReplicaFiles files, String sourceNode, SnapshotOffer offer, Executor syncs, long syncEveryBytes) {
        files.takeBackWaiting();
        long progress = progress(files, sourceNode, offer);
        if (progress < 0) {
            files.dropIncoming();
            progress = 0;
        }
        checkSpace(files, offer.lengthBytes() - progress);
        try {
            if (progress == 0) {
                record(files, sourceNode, offer, 0);
            }
            RandomAccessFile file = new RandomAccessFile(files.incoming().toFile(), "rw");
            try {
                file.setLength(progress);
                CRC32C checksum = checksumOf(file); // which leaves it at its end
                return new IncomingSnapshot(files, sourceNode, offer, syncEveryBytes, syncs, file, checksum, progress);
            } catch (IOException e) {
                file.close();
                throw e;
            }
        } catch (IOException e) {
            throw DurableFiles.failed("opening", files.incoming(), e);
        }
    }

    private static CRC32C checksumOf(RandomAccessFile file) throws IOException {
        CRC32C checksum = new CRC32C();
        byte[] piece = new byte[READ_BYTES];
        for (int n = file.read(piece); n >= 0; n = file.read(piece)) {
            checksum.update(piece, 0, n);
        }
        return checksum;
    }

    /** How much of this very offer is on the disk for sure; −1 if what is there is of another, or nothing is. */
    private static long progress(ReplicaFiles files, String source, SnapshotOffer offer) {
        Properties recorded = DurableFiles.read(files.incomingProperties());
        if (recorded == null || !Files.exists(files.incoming())) {
            return -1;
        }
        try {
            long progress = Long.parseLong(recorded.getProperty("received", "-1"));
            recorded.remove("received");
            Properties wanted = identity(source, offer);
            boolean usable = recorded.equals(wanted)
                    && progress <= offer.lengthBytes()
                    && progress <= Files.size(files.incoming());
            return usable ? progress : -1;
        } catch (NumberFormatException e) {
            return -1;
        } catch (IOException e) {
            throw DurableFiles.failed("reading", files.incoming(), e);
        }
    }

    private static Properties identity(String source, SnapshotOffer offer) {
        Properties properties = new Properties();
        properties.setProperty("source", source);
        properties.setProperty("id", offer.id());
        properties.setProperty("index", String.valueOf(offer.index()));
        properties.setProperty("length", String.valueOf(offer.lengthBytes()));
        properties.setProperty("checksum", String.valueOf(offer.checksum()));
        return properties;
    }

    private static void record(ReplicaFiles files, String source, SnapshotOffer offer, long received) {
        Properties properties = identity(source, offer);
        properties.setProperty("received", String.valueOf(received));
        files.durable().replace(files.incomingProperties(), properties);
    }

    private static void checkSpace(ReplicaFiles files, long bytes) {
        long needed = bytes + Math.min(SPARE_BYTES, Long.MAX_VALUE - bytes);
        long available = usable(files.directory());
        if (available < needed) {
            throw new NotEnoughSpaceException(files.directory(), needed, available);
        }
    }

    private static long usable(Path directory) {
        try {
            return Files.getFileStore(directory).getUsableSpace();
        } catch (IOException e) {
            throw DurableFiles.failed("asking for free space", directory, e);
        }
    }

    /** The node that gives it. */
    public String source() {
        return source;
    }

    public SnapshotOffer offer() {
        return offer;
    }

    /** So many bytes are here; the next one to {@link #write} is at this offset. */
    public long received() {
        return received;
    }

    public boolean complete() {
        return received == offer.lengthBytes();
    }

    /**
     * Appends a piece.
     *
     * @param offset where it belongs: {@link #received()}
     * @throws SnapshotRejectedException if it goes beyond the length offered; everything is deleted then
     * @throws NotEnoughSpaceException if the disk is full; what is here stays
     * @throws StorageException if it cannot be written, or what came before could not be synced
     */
    public void write(long offset, byte[] bytes) {
        checkOpen();
        checkSynced();
        if (offset != received) {
            throw new IllegalArgumentException("offset " + offset + " does not follow " + received);
        } else if (bytes.length > offer.lengthBytes() - received) {
            throw reject(Check.LENGTH, "it is longer than the " + offer.lengthBytes() + " bytes offered");
        }
        files.durable().step(Kind.APPEND, files.incoming(), () -> append(bytes));
        checksum.update(bytes, 0, bytes.length);
        received += bytes.length;
        if (received - syncAsked >= syncEveryBytes) {
            long upTo = received;
            syncAsked = upTo;
            syncs.execute(() -> syncBeside(upTo));
        }
        if (received - recorded > MAX_SYNCS_AHEAD * syncEveryBytes) {
            sync(received); // the disk is slower than what comes, and is waited for
        }
    }

    private void syncBeside(long upTo) {
        try {
            sync(upTo);
        } catch (StorageException e) {
            LOG.debug("told with the next piece", e);
        }
    }

    /** Not tried again: the operating system may have dropped what it could not write. */
    private void checkSynced() {
        StorageException failure = syncFailure;
        if (failure != null) {
            throw new StorageException(failure.kind(), String.valueOf(failure.getMessage()), failure);
        }
    }

    private void append(byte[] bytes) throws IOException {
        try {
            file.write(bytes);
        } catch (IOException e) {
            file.setLength(received); // what came of it before the error
            file.seek(received);
            long available = usable(files.directory());
            if (available < bytes.length) {
                throw new NotEnoughSpaceException(files.directory(), offer.lengthBytes() - received, available);
            }
            throw e;
        }
    }

    /** Makes durable what is here, at least {@code upTo}, and records so much. */
    private void sync(long upTo) {
        synchronized (syncing) {
            checkSynced();
            if (closed || upTo <= recorded) {
                return;
            }
            try {
                files.durable()
                        .step(
                                Kind.SYNC_FILE,
                                files.incoming(),
                                () -> file.getFD().sync());
                record(files, source, offer, upTo);
            } catch (StorageException e) {
                syncFailure = e; // before anyone else can sync: the disk tells of an error once
                throw e;
            }
            recorded = upTo;
        }
    }

    /** As {@link #verify(String, String, BooleanSupplier)}, and cannot be cancelled. */
    public void verify(String clusterId, String lineage) {
        verify(clusterId, lineage, () -> false);
    }

    /**
     * Tests the snapshot, all of which must have been received, and leaves it for {@link ReplicaFiles#install}. This object is closed afterwards.
     *
     * @param cancelled asked again and again, on this thread
     * @throws SnapshotRejectedException if it fails a check; it is deleted then
     * @throws CancellationException once {@code cancelled} says so; what was received stays
     * @throws StorageException if it cannot be read; what was received stays
     */
    public void verify(String clusterId, String lineage, BooleanSupplier cancelled) {
        checkOpen();
        if (!complete()) {
            throw new IllegalStateException("only " + received + " of " + offer.lengthBytes() + " bytes are here");
        }
        sync(received);
        close(); // before SQLite opens it
        checkBytes();
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("the check of " + files.incoming() + " was cancelled");
        }
        checkRecord(ReplicaInspector.inspect(files.incoming(), clusterId, lineage));
        @Nullable String problem = ReplicaInspector.integrityProblem(files.incoming(), cancelled);
        if (problem != null) {
            throw reject(Check.INTEGRITY, problem);
        }
        files.durable().move(files.incoming(), files.waiting());
        files.durable().syncDirectory(files.directory());
    }

    /** What was written, that is; what a disk makes of it shows in SQLite's check only. */
    private void checkBytes() {
        long length;
        try {
            length = Files.size(files.incoming());
        } catch (IOException e) {
            throw DurableFiles.failed("looking at", files.incoming(), e);
        }
        if (length != offer.lengthBytes()) {
            throw reject(Check.LENGTH, length + " bytes instead of " + offer.lengthBytes());
        } else if ((int) checksum.getValue() != offer.checksum()) {
            throw reject(Check.CHECKSUM, "its bytes are not those that were sent");
        }
    }

    private void checkRecord(ReplicaVerdict verdict) {
        String message = verdict.message(files.incoming());
        if (verdict instanceof ReplicaVerdict.Sound sound) {
            if (sound.position().applied() != offer.index()) {
                throw reject(
                        Check.INDEX, "it is at index " + sound.position().applied() + ", offered was " + offer.index());
            }
        } else if (verdict instanceof ReplicaVerdict.Foreign) {
            throw reject(Check.CLUSTER, message);
        } else if (verdict instanceof ReplicaVerdict.OtherLineage) {
            throw reject(Check.LINEAGE, message);
        } else if (verdict instanceof ReplicaVerdict.WrongFormat) {
            throw reject(Check.FORMAT, message);
        } else if (verdict instanceof ReplicaVerdict.Unusable) {
            throw new StorageException(StorageException.Kind.RETRY, message, null); // says nothing about the snapshot
        } else {
            throw reject(Check.REPLICA, message);
        }
    }

    private SnapshotRejectedException reject(Check check, String why) {
        close();
        files.dropIncoming();
        return new SnapshotRejectedException(
                check, "the snapshot " + offer.id() + " of " + source + " is not usable (" + check + "): " + why);
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }

    /** What is here is kept, and recorded if that is possible. A second call does nothing. */
    @Override
    public void close() {
        synchronized (syncing) {
            if (!closed) {
                syncAndClose();
            }
        }
    }

    private void syncAndClose() {
        try (file) {
            sync(received);
        } catch (IOException | StorageException e) {
            LOG.debug("how much of a snapshot has come is not recorded, and some of it will come again", e);
        } finally {
            closed = true;
        }
    }
}
