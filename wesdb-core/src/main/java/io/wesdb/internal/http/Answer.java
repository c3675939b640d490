package io.wesdb.internal.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.wesdb.RowStream;
import java.util.Map;
import java.util.concurrent.Executor;

/** What a request is answered with. Whoever has one ends it: by writing it, or with {@link #discard()}. */
sealed interface Answer {
    /** Gives up what the answer holds. */
    void discard();

    /**
     * A whole answer.
     *
     * @param headers those beyond the usual ones
     */
    record Whole(HttpResponseStatus status, Map<String, String> headers, ByteBuf body) implements Answer {
        @Override
        public void discard() {
            body.release();
        }
    }

    /**
     * Rows to be written as they are fetched.
     *
     * @param queries where they are closed, which waits for who is fetching
     * @param headers those beyond the usual ones
     */
    record Streamed(RowStream rows, Executor queries, Map<String, String> headers) implements Answer {
        @Override
        public void discard() {
            try {
                queries.execute(rows::close);
            } catch (RuntimeException | Error e) { // also that no thread could be made
                rows.close();
            }
        }
    }
}
