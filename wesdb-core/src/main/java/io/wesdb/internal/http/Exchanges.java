package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.EventExecutor;
import io.wesdb.internal.http.Exchange.State;
import io.wesdb.internal.http.Routes.Begun;
import io.wesdb.internal.http.Routes.Effect;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;

/**
 * The answering half of one client's connection: the requests under way, in their order. Owned by the connection's event
 * loop.
 *
 * <p>Answers leave in the order of the requests, and requests take effect as if each waited for the one before it:
 * writes are handed over in order and may then be under way together, reads too, but a read does not begin before the
 * writes that came before it have ended, nor a write before such reads.
 */
final class Exchanges {
    /** How many requests of one connection may be under way, their answers written included (I12). */
    static final int MAX_OUTSTANDING = 64;

    /** Fewer for reads: each may hold a whole result in memory. */
    private static final int MAX_READS = 8;

    /** Parsing more than this is no work for an event loop. */
    private static final int PARSED_AT_ONCE = 16 * 1024;

    private final HttpServer server;
    private final ChannelHandlerContext context;
    private final HttpConnection connection;
    private final Deque<Exchange> queue = new ArrayDeque<>();
    private final String caller;
    private int reads;
    private int writes;
    private int unwritten;
    private boolean beginning;
    private boolean ending;
    private boolean abandoned;

    Exchanges(HttpServer server, ChannelHandlerContext context, HttpConnection connection) {
        this.server = server;
        this.context = context;
        this.connection = connection;
        this.caller = "http " + context.channel().id().asLongText();
    }

    void add(Exchange exchange) {
        queue.add(exchange);
        connection.outstandingChanged();
    }

    boolean isFull() {
        return queue.size() + unwritten >= MAX_OUTSTANDING;
    }

    boolean isEmpty() {
        return queue.isEmpty() && unwritten == 0;
    }

    boolean isOnly(Exchange exchange) {
        return unwritten == 0 && queue.size() == 1 && queue.peek() == exchange;
    }

    /** The request is whole. */
    void received(Exchange exchange) {
        exchange.state = State.WAITING;
        advance();
    }

    /** The request is answered without the database. */
    void refuse(Exchange exchange, HttpFault fault) {
        exchange.answer = server.answers().fault(fault);
        exchange.state = State.ANSWERED;
        advance();
    }

    void endAfterLast() {
        Exchange last = queue.peekLast();
        if (last != null) {
            last.keepAlive = false;
        } else {
            ending = true;
        }
    }

    void writabilityChanged() {
        if (context.channel().isWritable()) {
            Exchange first = queue.peek();
            if (first != null && first.streaming != null) {
                first.streaming.resume();
            }
            advance();
        }
    }

    /** Writes what can be written, begins what can begin. */
    void advance() {
        if (abandoned) {
            return;
        }
        beginWaiting();
        boolean written = false;
        for (Exchange first = queue.peek(); first != null && writeFirst(first); first = queue.peek()) {
            written = true;
            beginWaiting();
        }
        if (written) {
            context.flush();
        }
        connection.outstandingChanged();
    }

    /** Whether the answer is out, so that the next one's turn has come. */
    private boolean writeFirst(Exchange first) {
        Answer answer = first.answer;
        if (answer == null) {
            if (first.wantsContinue && first.state == State.RECEIVING) {
                first.wantsContinue = false;
                context.writeAndFlush(new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
            }
            return false;
        } else if (answer instanceof Answer.Whole whole) {
            queue.remove();
            write(first, whole);
            return true;
        } else if (first.streaming == null && answer instanceof Answer.Streamed streamed) {
            stream(first, streamed);
        }
        return false;
    }

    private void write(Exchange exchange, Answer.Whole answer) {
        ByteBuf body = answer.body();
        if (exchange.isHead()) {
            body.release();
            body = Unpooled.EMPTY_BUFFER;
        }
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, answer.status(), body);
        HttpHeaders headers = response.headers();
        headers.set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.APPLICATION_JSON);
        headers.setInt(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes());
        answer.headers().forEach(headers::set);
        setConnection(exchange, headers);
        unwritten++;
        context.write(response).addListener(done -> written(exchange.keepAlive));
    }

    private static void setConnection(Exchange exchange, HttpHeaders headers) {
        headers.set(HttpHeaderNames.CACHE_CONTROL, HttpHeaderValues.NO_STORE);
        if (!exchange.keepAlive) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (exchange.isHttp10()) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    private void written(boolean keepAlive) {
        unwritten--;
        if ((!keepAlive || (ending && isEmpty())) && !abandoned) {
            connection.end();
        } else {
            connection.outstandingChanged();
        }
    }

    private void stream(Exchange exchange, Answer.Streamed answer) {
        boolean chunked = !exchange.isHttp10();
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/x-ndjson");
        if (chunked) {
            response.headers().set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else {
            exchange.keepAlive = false; // only the connection's end tells HTTP/1.0 where the answer ends
        }
        answer.headers().forEach(response.headers()::set);
        setConnection(exchange, response.headers());
        context.write(response);
        NdjsonResponse streaming = new NdjsonResponse(
                context, server.queries(), server.json(), answer.rows(), whole -> streamed(exchange, whole));
        exchange.streaming = streaming;
        streaming.start();
    }

    private void streamed(Exchange exchange, boolean whole) {
        if (abandoned) {
            return;
        }
        queue.remove();
        reads--;
        if (!whole || !exchange.keepAlive) {
            context.close();
        } else {
            advance();
        }
    }

    private void beginWaiting() {
        for (Exchange exchange : queue) {
            if (beginning || exchange.state == State.RECEIVING) {
                return;
            } else if (exchange.state == State.WAITING) {
                if (!mayBegin(exchange)) {
                    return;
                }
                begin(exchange);
            }
        }
    }

    private boolean mayBegin(Exchange exchange) {
        return context.channel().isWritable()
                && switch (exchange.effect) {
                    case NONE -> true;
                    case READS -> writes == 0 && reads < MAX_READS;
                    case WRITES -> reads == 0;
                };
    }

    private void begin(Exchange exchange) {
        exchange.state = State.BEGINNING;
        count(exchange.effect, 1);
        if (exchange.body.size() <= PARSED_AT_ONCE) {
            begun(exchange, beginNow(exchange));
            return;
        }
        beginning = true;
        EventExecutor loop = context.executor();
        try {
            server.workers().execute(() -> {
                Begun begun = beginNow(exchange);
                try {
                    loop.execute(() -> {
                        beginning = false;
                        begun(exchange, begun);
                        advance();
                    });
                } catch (RejectedExecutionException e) {
                    giveUp(begun); // the listener is closed
                }
            });
        } catch (RejectedExecutionException e) {
            beginning = false;
            exchange.body.close();
            begun(exchange, Begun.done(server.routes().answer(e)));
        }
    }

    private Begun beginNow(Exchange exchange) {
        ByteBuf body = exchange.body.take();
        try {
            return server.routes().begin(exchange.request, exchange.target, body, caller);
        } finally {
            body.release();
            exchange.body.close();
        }
    }

    private void begun(Exchange exchange, Begun begun) {
        if (abandoned) {
            giveUp(begun);
            return;
        }
        exchange.state = State.BEGUN;
        if (begun.answer().isDone()) {
            exchange.begun = null;
        } else {
            exchange.begun = begun;
        }
        boolean[] sync = {true};
        begun.answer().whenComplete((answer, thrown) -> {
            Answer complete = thrown == null ? answer : server.routes().answer(thrown);
            if (sync[0] && context.executor().inEventLoop()) {
                answered(exchange, complete);
                return;
            }
            try {
                context.executor().execute(() -> {
                    answered(exchange, complete);
                    advance();
                });
            } catch (RejectedExecutionException e) {
                complete.discard(); // the listener is closed
            }
        });
        sync[0] = false;
    }

    private static void giveUp(Begun begun) {
        begun.giveUp().run();
        begun.answer().thenAccept(Answer::discard);
    }

    private void answered(Exchange exchange, Answer answer) {
        exchange.begun = null;
        if (abandoned) {
            answer.discard();
            return;
        }
        exchange.answer = answer;
        exchange.state = State.ANSWERED;
        if (answer instanceof Answer.Whole) {
            count(exchange.effect, -1);
        }
    }

    private void count(Effect effect, int change) {
        switch (effect) {
            case READS -> reads += change;
            case WRITES -> writes += change;
            case NONE -> {}
        }
    }

    /** The connection is gone: what is under way is given up. */
    void abandon() {
        abandoned = true;
        for (Exchange exchange : queue) {
            exchange.abandon();
        }
        queue.clear();
    }
}
