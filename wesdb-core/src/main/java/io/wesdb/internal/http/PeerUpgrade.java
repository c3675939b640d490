package io.wesdb.internal.http;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequest;

/** Takes over the connections of peers, so that they need no listener of their own. */
@FunctionalInterface
public interface PeerUpgrade {
    /**
     * Called on the connection's event loop for a complete {@code GET /peer/v1} without a body, when no other request is
     * under way. Everything of HTTP that writes is out of the pipeline, the rest leaves it when this returns: add the
     * handlers at the end and write the answer as bytes. Must not block.
     */
    void upgrade(ChannelPipeline pipeline, HttpRequest request);
}
