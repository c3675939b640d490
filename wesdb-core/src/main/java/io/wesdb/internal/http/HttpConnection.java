package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The receiving half of one client's connection: takes requests in, holds them to their bounds in size and time, and
 * hands them to {@link Exchanges}, which runs and answers them. Owned by the connection's event loop.
 *
 * <p>Reading stops while {@link Exchanges#MAX_OUTSTANDING} requests wait for their answers; what was decoded already
 * waits in the {@code FlowControlHandler} before this handler, which holds one read's worth at most.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter {
    /** A request that is under way must progress by this much within its read timeout. */
    static final int PROGRESS_BYTES = 64 * 1024;

    static final String PEER_PATH = "/peer/v1";

    private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);
    private static final int LINGER_PERIODS = 2;

    private final HttpServer server;
    private final HttpServer.Slot slot;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchanges exchanges;
    private @Nullable Deadline deadline;
    private @Nullable Exchange receiving;
    /** Bytes of a request have come, or are owed: a client that connects has something to say. */
    private boolean begun = true;
    /** What comes is not listened to any more. */
    private boolean deaf;
    /** … and the client may not have said everything. */
    private boolean cutShort;

    private boolean lingering;
    private int bytesSinceProgress;
    private long bytesDropped;

    HttpConnection(HttpServer server, HttpServer.Slot slot) {
        this.server = server;
        this.slot = slot;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext newContext) {
        context = newContext;
        exchanges = new Exchanges(server, newContext, this);
        deadline = new Deadline(newContext.executor(), this::expired);
        deadline.set(server.settings().requestReadTimeout());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext removed) {
        deadline().end();
        receiving = null;
        exchanges().abandon();
    }

    /** Called for every piece of input before it is decoded. */
    void bytesArrived(int count) {
        if (deaf) {
            bytesDropped += count;
            if (bytesDropped > 2L * server.settings().maxBodyBytes()) {
                LOG.debug("{} is closed: it sends on and on", context().channel());
                context().close();
            }
            return;
        }
        bytesSinceProgress += count;
        if (!begun || bytesSinceProgress >= PROGRESS_BYTES) {
            begun = true;
            bytesSinceProgress = 0;
            deadline().set(server.settings().requestReadTimeout());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ignored, Object message) {
        try {
            if (!deaf && message instanceof HttpRequest request) {
                headArrived(request);
            }
            if (!deaf && message instanceof HttpContent content) {
                contentArrived(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void headArrived(HttpRequest request) {
        RequestTarget target = RequestTarget.parse(request.uri());
        RequestBody body = new RequestBody(context().alloc(), server.settings().maxBodyBytes(), server.budget());
        boolean keepAlive = HttpUtil.isKeepAlive(request) && !server.isClosing();
        Exchange exchange = new Exchange(request, target, Routes.effect(target), body, keepAlive);
        receiving = exchange;
        exchanges().add(exchange);
        HttpFault fault = RequestCheck.fault(request, server.settings().maxBodyBytes());
        if (fault != null) {
            refuseAndEnd(exchange, fault);
            return;
        }
        boolean peer = target.path().equals(PEER_PATH);
        if (slot.isSurplus() && !peer) {
            refuseAndEnd(exchange, HttpFault.notReady("too many connections"));
            return;
        }
        exchange.refusal = peer ? null : server.check(request, target);
        if (HttpUtil.is100ContinueExpected(request)) {
            if (exchange.refusal != null) {
                refuseAndEnd(exchange, exchange.refusal);
            } else {
                exchange.wantsContinue = true;
                exchanges().advance();
            }
        }
    }

    private void contentArrived(HttpContent content) {
        Exchange exchange = receiving;
        if (exchange == null) {
            return;
        } else if (content.decoderResult().isFailure()) {
            refuseAndEnd(
                    exchange, RequestCheck.malformed(content.decoderResult().cause()));
            return;
        }
        HttpFault fault = hold(exchange, content.content());
        if (fault != null) {
            refuseAndEnd(exchange, fault);
        } else if (content instanceof LastHttpContent) {
            receiving = null;
            begun = false;
            bytesSinceProgress = 0;
            deaf = !exchange.keepAlive;
            complete(exchange);
        }
    }

    private static @Nullable HttpFault hold(Exchange exchange, ByteBuf piece) {
        if (!piece.isReadable()) {
            return null;
        }
        return switch (exchange.body.add(piece)) {
            case HELD -> null;
            case TOO_LARGE -> HttpFault.tooLarge("the body is too large");
            case OVER_BUDGET -> HttpFault.overloaded("too many large bodies are under way");
        };
    }

    private void complete(Exchange exchange) {
        if (exchange.refusal != null) {
            exchange.body.close();
            exchanges().refuse(exchange, exchange.refusal);
        } else if (exchange.target.path().equals(PEER_PATH)) {
            upgrade(exchange);
        } else {
            exchanges().received(exchange);
        }
    }

    private void upgrade(Exchange exchange) {
        if (!exchange.request.method().name().equals("GET")
                || !exchanges().isOnly(exchange)
                || exchange.body.size() > 0) {
            refuseAndEnd(exchange, HttpFault.badRequest("a peer's upgrade is a GET without a body, alone"));
            return;
        }
        HttpRequest request = exchange.request;
        ChannelPipeline pipeline = context().pipeline();
        pipeline.remove(HttpServer.ENCODER);
        pipeline.remove(HttpServer.STALL_GUARD);
        server.upgrade(pipeline, request);
        slot.close();
        pipeline.remove(this);
        pipeline.remove(HttpServer.METER);
        pipeline.remove(HttpServer.FLOW);
        pipeline.remove(HttpServer.DECODER);
    }

    /** Answers with {@code fault}, after what is before it, and ends the connection: its input cannot be trusted any more. */
    private void refuseAndEnd(Exchange exchange, HttpFault fault) {
        receiving = null;
        deaf = true;
        cutShort = true;
        exchange.keepAlive = false;
        exchange.body.close();
        exchanges().refuse(exchange, fault);
    }

    /** Called whenever the number of requests under way has changed. */
    void outstandingChanged() {
        ChannelHandlerContext at = context();
        if (lingering || !at.channel().isActive()) {
            return;
        }
        boolean full = exchanges().isFull() && receiving == null;
        boolean paused = !at.channel().config().isAutoRead();
        if (full) {
            deadline().clear();
            at.channel().config().setAutoRead(false);
        } else {
            setDeadline();
            if (paused) {
                at.channel().config().setAutoRead(true);
            }
        }
    }

    private void setDeadline() {
        if (receiving != null || begun) {
            if (!deadline().isSet()) {
                deadline().set(server.settings().requestReadTimeout());
            }
        } else if (exchanges().isEmpty()) {
            deadline().set(server.settings().idleTimeout());
        } else {
            deadline().clear();
        }
    }

    private void expired() {
        Exchange exchange = receiving;
        if (lingering) {
            context().close();
        } else if (exchange == null) {
            LOG.debug("{} is closed: nothing was asked for too long", context().channel());
            leave();
        } else {
            refuseAndEnd(
                    exchange,
                    new HttpFault(
                            HttpResponseStatus.REQUEST_TIMEOUT,
                            "REQUEST_TIMEOUT",
                            "the request did not arrive in time"));
        }
    }

    /**
     * The last answer is out. If the client may still be sending, closing at once would make its machine throw the answer
     * away (RFC 9112, 9.6): so only our half is closed, and what comes is dropped for a while.
     */
    void end() {
        ChannelHandlerContext at = context();
        if (!cutShort) {
            at.close();
            return;
        }
        lingering = true;
        deadline().set(server.settings().requestReadTimeout().multipliedBy(LINGER_PERIODS));
        at.channel().config().setAutoRead(true);
        server.shutdownOutput(at.channel());
    }

    /** Takes no more requests; what is under way is still answered. */
    void leave() {
        if (exchanges().isEmpty() || lingering) {
            context().close();
        } else {
            deaf = receiving == null;
            exchanges().endAfterLast();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext at) {
        exchanges().writabilityChanged();
        at.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
        if (cause instanceof IOException) {
            LOG.debug("{} is closed: {}", at.channel(), cause.toString());
        } else {
            LOG.warn("a connection is closed because of an unexpected error", cause);
        }
        at.close();
    }

    private ChannelHandlerContext context() {
        return required(context);
    }

    private Exchanges exchanges() {
        return required(exchanges);
    }

    private Deadline deadline() {
        return required(deadline);
    }

    private static <T> T required(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("not in a pipeline yet");
        }
        return part;
    }
}
