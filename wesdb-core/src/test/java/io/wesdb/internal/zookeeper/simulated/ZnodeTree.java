package io.wesdb.internal.zookeeper.simulated;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** One copy of all znodes. Data is shared between copies and never changed in place. */
final class ZnodeTree {
    /** One znode. */
    static final class Znode {
        byte[] data;
        int version;
        final long owner;
        /** How many children were ever made: what the number of a sequential one comes from. */
        int creations;
        /** The transaction that last wrote the data. */
        long modified;

        private Set<String> children = Set.of();

        Znode(byte[] data, long owner, long zxid) {
            this.data = data;
            this.owner = owner;
            this.modified = zxid;
        }

        boolean hasChildren() {
            return !children.isEmpty();
        }

        List<String> children() {
            return new ArrayList<>(children);
        }
    }

    /** What a change is. */
    enum Kind {
        CREATED,
        CHANGED,
        DELETED
    }

    /** One change of one znode, as every copy makes it. */
    record Change(Kind kind, String path, byte[] data, long owner) {}

    private final Map<String, Znode> znodes = new HashMap<>();

    ZnodeTree() {
        znodes.put("/", new Znode(new byte[0], 0, 0));
    }

    Znode get(String path) {
        return znodes.get(path);
    }

    static String parent(String path) {
        int slash = path.lastIndexOf('/');
        return slash == 0 ? "/" : path.substring(0, slash);
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    void apply(Change change, long zxid) {
        switch (change.kind()) {
            case CREATED -> {
                Znode parent = znodes.get(parent(change.path()));
                if (parent.children.isEmpty()) {
                    parent.children = new HashSet<>();
                }
                parent.children.add(name(change.path()));
                parent.creations++;
                znodes.put(change.path(), new Znode(change.data(), change.owner(), zxid));
            }
            case CHANGED -> {
                Znode znode = znodes.get(change.path());
                znode.data = change.data();
                znode.version++;
                znode.modified = zxid;
            }
            case DELETED -> {
                znodes.remove(change.path());
                znodes.get(parent(change.path())).children.remove(name(change.path()));
            }
        }
    }

    /** Takes back the last change, {@code before} being what was there. */
    void undo(Change change, Znode before, byte[] dataBefore, long modifiedBefore) {
        switch (change.kind()) {
            case CREATED -> {
                Znode parent = znodes.get(parent(change.path()));
                parent.children.remove(name(change.path()));
                parent.creations--;
                znodes.remove(change.path());
            }
            case CHANGED -> {
                before.data = dataBefore;
                before.version--;
                before.modified = modifiedBefore;
            }
            case DELETED -> {
                znodes.put(change.path(), before);
                Znode parent = znodes.get(parent(change.path()));
                if (parent.children.isEmpty()) {
                    parent.children = new HashSet<>();
                }
                parent.children.add(name(change.path()));
            }
        }
    }

    /** For a test to compare copies with. */
    Map<String, String> contents() {
        Map<String, String> contents = new HashMap<>();
        znodes.forEach((path, znode) -> contents.put(
                path, znode.version + " " + znode.owner + " " + znode.creations + " " + Arrays.hashCode(znode.data)));
        return contents;
    }
}
