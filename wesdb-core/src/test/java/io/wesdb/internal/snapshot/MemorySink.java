package io.wesdb.internal.snapshot;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** What a fetch has brought, in memory; the last snapshot begun counts. */
public final class MemorySink implements SnapshotFetch.SinkFactory {
    /** Whose snapshots were begun, in order. */
    public final List<String> begun = new ArrayList<>();

    private SnapshotOffer offer;
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    @Override
    public synchronized SnapshotFetch.Sink open(String sourceNode, SnapshotOffer opened) {
        begun.add(sourceNode);
        offer = opened;
        ByteArrayOutputStream into = new ByteArrayOutputStream();
        bytes = into;
        return new SnapshotFetch.Sink() {
            @Override
            public long received() {
                return into.size();
            }

            @Override
            public void write(long offset, byte[] some) {
                if (into != bytes || offset != into.size()) {
                    throw new AssertionError("written at " + offset + ", not " + into.size());
                }
                into.writeBytes(some);
            }
        };
    }

    public synchronized byte[] bytes() {
        return bytes.toByteArray();
    }

    /** Length and checksum are as offered. */
    public synchronized boolean isWhole() {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes.toByteArray());
        return offer != null && bytes.size() == offer.lengthBytes() && (int) checksum.getValue() == offer.checksum();
    }
}
