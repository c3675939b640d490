package io.wesdb.internal.node;

import java.util.concurrent.CompletableFuture;

/** Something besides the applier that has the node's file open, and must let go of it before the file is replaced. */
interface FileUser {
    /** Lets go; completes when nothing of it has the file open any more. May be called again. */
    CompletableFuture<Void> suspend();

    /** There is a sound file again, perhaps another one. */
    void resume();
}
