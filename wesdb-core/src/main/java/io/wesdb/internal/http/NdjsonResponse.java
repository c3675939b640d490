package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.LastHttpContent;
import io.wesdb.Row;
import io.wesdb.RowStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rows as lines, fetched no faster than the client reads: the first line is <code>{"columns": […], "index": n}</code>,
 * each further one a row as an array. An error on the way is a last line <code>{"error": …, "code": …}</code>, after which
 * the connection is closed without the end of the answer, so that half an answer cannot be taken for a whole one.
 *
 * <p>Fetching runs where queries run, and only while the socket takes bytes: a slow client holds its query, not a thread. At
 * any time one thread at most is at work here, guarded by {@code working}.
 */
final class NdjsonResponse {
    private static final int BLOCK_BYTES = 32 * 1024;

    /** After so many blocks the thread is given back, for others to have their turn. */
    private static final int BLOCKS_A_TURN = 32;

    private final ChannelHandlerContext context;
    private final Executor queries;
    private final Json format;
    private final RowStream rows;
    private final Consumer<Boolean> ended;
    private final AtomicBoolean working = new AtomicBoolean();
    private volatile boolean cancelled;
    private boolean opened;
    private boolean finished;
    private @Nullable ChannelFuture lastWrite;

    /** @param ended told on the event loop, once, when all is written, whether the answer is whole */
    NdjsonResponse(
            ChannelHandlerContext context, Executor queries, Json format, RowStream rows, Consumer<Boolean> ended) {
        this.context = context;
        this.queries = queries;
        this.format = format;
        this.rows = rows;
        this.ended = ended;
    }

    void start() {
        resume();
    }

    /** The client is gone. */
    void cancel() {
        cancelled = true;
        rows.cancel(); // who is fetching the next row may be at it for long
        resume();
    }

    /** Goes on if nobody is at it; called on the event loop. */
    void resume() {
        if (working.compareAndSet(false, true)) {
            try {
                queries.execute(this::work);
            } catch (RuntimeException | Error e) { // also that no thread could be made
                finish(false);
            }
        }
    }

    private void work() {
        try {
            for (int block = 0; block < BLOCKS_A_TURN && !finished; block++) {
                if (cancelled) {
                    finish(false);
                } else if (context.channel().isWritable()) {
                    writeBlock();
                } else {
                    break;
                }
            }
        } catch (Throwable e) {
            try {
                writeError(e);
            } finally {
                finish(false);
            }
        }
        boolean more = !finished;
        working.set(false);
        // Looked at again after letting go: a call of resume() or cancel() in between found somebody at work.
        if (more && (cancelled || context.channel().isWritable())) {
            resume();
        }
    }

    private void writeBlock() throws IOException {
        Blocks block = new Blocks(context.alloc());
        boolean written = false;
        boolean last;
        try (JsonGenerator json = format.generator(block)) {
            if (!opened) {
                opened = true;
                writeColumns(json);
            }
            last = writeRows(json, block);
            json.writeRaw('\n');
            json.flush();
            written = block.size() > 1; // not just the newline of a block without rows
        } catch (Throwable e) {
            block.release();
            throw e;
        }
        if (written) {
            send(block.take());
        } else {
            block.release();
        }
        if (last) {
            rows.close(); // before the client can know that the answer is whole, and ask for more
            lastWrite = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
            finish(true);
        }
    }

    private void writeColumns(JsonGenerator json) throws IOException {
        json.writeStartObject();
        JsonAnswers.writeNames(json, "columns", rows.columns());
        json.writeNumberField("index", rows.index());
        json.writeEndObject();
    }

    /** Whether there are no more. */
    private boolean writeRows(JsonGenerator json, Blocks block) throws IOException {
        Iterator<Row> iterator = rows.iterator();
        while (block.size() < BLOCK_BYTES && !cancelled) {
            if (!iterator.hasNext()) {
                return true;
            }
            JsonAnswers.writeRow(json, iterator.next());
        }
        return false;
    }

    private void writeError(Throwable thrown) {
        Blocks line = new Blocks(context.alloc());
        try (JsonGenerator json = format.generator(line)) {
            JsonAnswers.writeFault(json, Faults.of(thrown), Faults.sqliteCode(thrown));
            json.writeRaw('\n');
            json.flush();
            send(line.take());
        } catch (IOException e) {
            line.release();
        }
    }

    private void send(ByteBuf bytes) {
        lastWrite = context.writeAndFlush(new DefaultHttpContent(bytes));
    }

    private void finish(boolean whole) {
        if (finished) {
            return;
        }
        finished = true;
        try {
            rows.close();
        } finally {
            ChannelFuture written = lastWrite == null ? context.newSucceededFuture() : lastWrite;
            written.addListener(done -> ended.accept(whole && done.isSuccess()));
        }
    }
}
