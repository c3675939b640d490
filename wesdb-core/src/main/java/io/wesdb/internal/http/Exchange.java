package io.wesdb.internal.http;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.wesdb.internal.http.Routes.Begun;
import io.wesdb.internal.http.Routes.Effect;
import org.jspecify.annotations.Nullable;

/** One request and what became of it. Owned by its connection's event loop. */
final class Exchange {
    /** How far it is. */
    enum State {
        /** Its body is still coming. */
        RECEIVING,
        /** It is whole and waits for its turn. */
        WAITING,
        /** It is being understood; nothing after it may begin before the database has it. */
        BEGINNING,
        /** The database has it. */
        BEGUN,
        /** Its answer is there. */
        ANSWERED
    }

    final HttpRequest request;
    final RequestTarget target;
    final Effect effect;
    final RequestBody body;
    State state = State.RECEIVING;
    boolean keepAlive;
    /** The client waits for {@code 100 Continue} before it sends the body. */
    boolean wantsContinue;
    /** Why the request is refused without having been looked at further; what comes of its body is dropped. */
    @Nullable HttpFault refusal;

    @Nullable Begun begun;

    @Nullable Answer answer;

    @Nullable NdjsonResponse streaming;

    Exchange(HttpRequest request, RequestTarget target, Effect effect, RequestBody body, boolean keepAlive) {
        this.request = request;
        this.target = target;
        this.effect = effect;
        this.body = body;
        this.keepAlive = keepAlive;
    }

    boolean isHead() {
        return request.method().equals(HttpMethod.HEAD);
    }

    boolean isHttp10() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_0);
    }

    /** Whether the database is at work for it. */
    boolean isRunning() {
        return state == State.BEGINNING || state == State.BEGUN;
    }

    /** The connection is gone. What is being parsed on another thread gives itself up when it is done. */
    void abandon() {
        if (state == State.RECEIVING || state == State.WAITING) {
            body.close();
        }
        if (begun != null) {
            begun.giveUp().run();
        }
        if (streaming != null) {
            streaming.cancel();
        } else if (answer != null) {
            answer.discard();
        }
    }
}
