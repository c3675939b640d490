package io.wesdb.internal.http;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of request bodies all connections together may hold (I12). Thread safe. */
final class BodyBudget {
    private final long most;
    private final AtomicLong used = new AtomicLong();

    BodyBudget(long most) {
        this.most = most;
    }

    boolean reserve(long bytes) {
        if (used.addAndGet(bytes) <= most) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    void free(long bytes) {
        used.addAndGet(-bytes);
    }

    long used() {
        return used.get();
    }
}
