package io.wesdb.internal.log.zookeeper;

import io.wesdb.internal.zookeeper.ClusterPaths;
import java.io.ByteArrayOutputStream;
import java.util.function.Function;

/** Entries as they lie in ZooKeeper, for whoever looks from outside. */
public final class StoredEntries {
    private StoredEntries() {}

    /** @param bytes of the znode in the log @param data of any znode */
    public static byte[] whole(byte[] bytes, ClusterPaths paths, Function<String, byte[]> data) {
        if (!Manifest.looksLikeOne(bytes)) {
            return bytes;
        }
        Manifest manifest = Manifest.decode(bytes);
        ByteArrayOutputStream whole = new ByteArrayOutputStream(manifest.length());
        for (int i = 0; i < manifest.chunkCount(); i++) {
            whole.writeBytes(data.apply(paths.chunk(manifest.entryId().toString(), i)));
        }
        return whole.toByteArray();
    }
}
