package io.wesdb.examples;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A client that has all of {@link Rows} streamed to it and takes them as slowly as it is told, on a thread of its own; every row is
 * checked. For one thread.
 */
final class SlowReader implements AutoCloseable {
    private static final int TICK_MILLIS = 50;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final RawQuery query;
    private final int bytesATick;
    private final Thread thread = new Thread(this::read, "slow-reader");
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private volatile boolean hurrying;
    private volatile int status;
    private volatile boolean headed;
    private volatile long rows;
    private volatile long bytes;
    private volatile @Nullable String fault;

    private SlowReader(RawQuery query, long bytesASecond) {
        this.query = query;
        this.bytesATick = (int) Math.max(1, Math.min(BUFFER_BYTES, bytesASecond * TICK_MILLIS / 1_000));
        thread.setDaemon(true);
        thread.start();
    }

    /** Sends the query, without a timeout of its own. */
    static SlowReader start(DemoNode node, long bytesASecond) throws IOException {
        Map<String, ?> body = Map.of("sql", Rows.ALL);
        return new SlowReader(RawQuery.send(node.client().base(), "application/x-ndjson", body), bytesASecond);
    }

    private void read() {
        try {
            int answered = query.status();
            status = answered;
            byte[] buffer = new byte[BUFFER_BYTES];
            while (answered == 200) {
                int count = query.read(buffer, hurrying ? BUFFER_BYTES : bytesATick);
                if (count < 0) {
                    fault = query.isWhole() ? fault : "the answer was cut off after row " + rows;
                    return;
                }
                bytes += count;
                check(buffer, count);
                if (!hurrying) {
                    TimeUnit.MILLISECONDS.sleep(TICK_MILLIS);
                }
            }
        } catch (IOException e) {
            fault = "after row " + rows + ": " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void check(byte[] buffer, int count) {
        int begin = 0;
        for (int i = 0; i < count; i++) {
            if (buffer[i] == '\n') {
                line.write(buffer, begin, i - begin);
                begin = i + 1;
                lineEnded(line.toString(StandardCharsets.UTF_8));
                line.reset();
            }
        }
        line.write(buffer, begin, count - begin);
    }

    private void lineEnded(String text) {
        if (!headed) {
            headed = true;
        } else if (text.equals(Rows.line(rows + 1))) {
            rows++;
        } else if (fault == null) {
            fault = "after row " + rows + " came " + text;
        }
    }

    /** Whether the node has said whether it streams. */
    boolean isAnswered() {
        return status != 0 || fault != null;
    }

    /** HTTP's; 0 while it is not there. */
    int status() {
        return status;
    }

    /** So far, each as it should be. */
    long rows() {
        return rows;
    }

    /** Of the body, so far. */
    long bytes() {
        return bytes;
    }

    /** What was wrong with the answer, so far. */
    @Nullable String fault() {
        return fault;
    }

    void awaitRows(Duration patience) throws IOException, InterruptedException {
        if (!Await.within(patience, () -> rows > 0 || fault != null || (status != 0 && status != 200)) || rows == 0) {
            throw new IOException("no rows came; status " + status + ", " + fault);
        }
    }

    /** From now on as fast as it can; returns at the end of the answer. */
    void takeTheRest() throws InterruptedException {
        hurrying = true;
        thread.join();
    }

    /** Goes away, whatever is still to come. */
    @Override
    public void close() throws IOException {
        query.vanish();
        thread.interrupt();
    }
}
