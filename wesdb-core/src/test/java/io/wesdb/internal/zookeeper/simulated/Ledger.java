package io.wesdb.internal.zookeeper.simulated;

import io.wesdb.internal.zookeeper.ZooKeeperFault;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Change;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Kind;
import io.wesdb.internal.zookeeper.simulated.ZnodeTree.Znode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.ZooDefs.OpCode;
import org.apache.zookeeper.proto.CheckVersionRequest;
import org.apache.zookeeper.proto.CreateRequest;
import org.apache.zookeeper.proto.DeleteRequest;
import org.apache.zookeeper.proto.SetDataRequest;

/**
 * What the ensemble's leader knows: the newest state, and the transactions that led to it, which each server makes after
 * it in its own time. The rules are those of ZooKeeper's {@code PrepRequestProcessor}.
 */
final class Ledger {
    /** A transaction; one that failed changes nothing, but has its number. */
    record Transaction(long zxid, List<Change> changes) {}

    private static final int KEPT = 256;

    final ZnodeTree newest = new ZnodeTree();
    private final List<Transaction> transactions = new ArrayList<>();
    private long forgotten;

    private final List<Change> changes = new ArrayList<>();
    private final List<Znode> before = new ArrayList<>();
    private final List<byte[]> dataBefore = new ArrayList<>();
    private final List<Long> modifiedBefore = new ArrayList<>();

    long zxid() {
        return forgotten + transactions.size();
    }

    Transaction transaction(long zxid) {
        return transactions.get((int) (zxid - forgotten - 1));
    }

    /** No server needs the transactions up to this one any more. */
    void forget(long zxid) {
        int count = (int) (zxid - forgotten);
        if (count > KEPT) {
            transactions.subList(0, count).clear();
            forgotten = zxid;
        }
    }

    /** All or none; the fault of the first that fails names it if there are {@code several}. */
    List<Change> execute(long session, List<Op> operations, boolean several) {
        changes.clear();
        before.clear();
        dataBefore.clear();
        modifiedBefore.clear();
        long zxid = zxid() + 1;
        for (int i = 0; i < operations.size(); i++) {
            Op operation = operations.get(i);
            Code code = execute(session, operation, zxid);
            if (code != Code.OK) {
                for (int j = changes.size() - 1; j >= 0; j--) {
                    newest.undo(changes.get(j), before.get(j), dataBefore.get(j), modifiedBefore.get(j));
                }
                transactions.add(new Transaction(zxid, List.of()));
                throw new ZooKeeperFault(code, operation.getPath(), several ? i : -1);
            }
        }
        List<Change> made = List.copyOf(changes);
        transactions.add(new Transaction(zxid, made));
        return made;
    }

    /** A session ends, and with it what was its own. */
    void closeSession(long session, TreeSet<String> ephemerals) {
        long zxid = zxid() + 1;
        List<Change> deletions = new ArrayList<>();
        for (String path : ephemerals) {
            Znode znode = newest.get(path);
            if (znode != null && znode.owner == session) {
                Change deletion = new Change(Kind.DELETED, path, null, session);
                newest.apply(deletion, zxid);
                deletions.add(deletion);
            }
        }
        transactions.add(new Transaction(zxid, deletions));
    }

    private Code execute(long session, Op operation, long zxid) {
        switch (operation.getType()) {
            case OpCode.check -> {
                CheckVersionRequest check = (CheckVersionRequest) operation.toRequestRecord();
                return checkVersion(newest.get(check.getPath()), check.getVersion());
            }
            case OpCode.create -> {
                CreateRequest create = (CreateRequest) operation.toRequestRecord();
                return create(
                        session,
                        create.getPath(),
                        create.getData(),
                        CreateMode.fromFlag(create.getFlags(), CreateMode.PERSISTENT),
                        zxid);
            }
            case OpCode.setData -> {
                SetDataRequest set = (SetDataRequest) operation.toRequestRecord();
                Znode znode = newest.get(set.getPath());
                Code code = checkVersion(znode, set.getVersion());
                if (code == Code.OK) {
                    make(new Change(Kind.CHANGED, set.getPath(), set.getData(), 0), znode, zxid);
                }
                return code;
            }
            case OpCode.delete -> {
                DeleteRequest delete = (DeleteRequest) operation.toRequestRecord();
                Znode znode = newest.get(delete.getPath());
                Code code = checkVersion(znode, delete.getVersion());
                if (code == Code.OK && znode.hasChildren()) {
                    return Code.NOTEMPTY;
                } else if (code == Code.OK) {
                    make(new Change(Kind.DELETED, delete.getPath(), null, znode.owner), znode, zxid);
                }
                return code;
            }
            default -> throw new IllegalArgumentException("not simulated: " + operation);
        }
    }

    private Code create(long session, String given, byte[] data, CreateMode mode, long zxid) {
        Znode parent = newest.get(ZnodeTree.parent(given));
        if (parent == null) {
            return Code.NONODE;
        }
        String path = mode.isSequential() ? given + String.format(Locale.ENGLISH, "%010d", parent.creations) : given;
        if (newest.get(path) != null) {
            return Code.NODEEXISTS;
        } else if (parent.owner != 0) {
            return Code.NOCHILDRENFOREPHEMERALS;
        }
        make(new Change(Kind.CREATED, path, data, mode.isEphemeral() ? session : 0), null, zxid);
        return Code.OK;
    }

    private void make(Change change, Znode there, long zxid) {
        changes.add(change);
        before.add(there);
        dataBefore.add(there == null ? null : there.data);
        modifiedBefore.add(there == null ? 0 : there.modified);
        newest.apply(change, zxid);
    }

    private static Code checkVersion(Znode znode, int version) {
        if (znode == null) {
            return Code.NONODE;
        }
        return version == -1 || version == znode.version ? Code.OK : Code.BADVERSION;
    }
}
