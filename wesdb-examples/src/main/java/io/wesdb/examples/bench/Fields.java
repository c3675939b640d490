package io.wesdb.examples.bench;

import io.wesdb.examples.Json;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the driver and a worker say to each other: one JSON object a line. */
record Fields(Map<?, ?> map) {
    static Fields read(String line) {
        if (Json.read(line) instanceof Map<?, ?> map) {
            return new Fields(map);
        }
        throw new IllegalArgumentException("no JSON object: " + line);
    }

    boolean has(String name) {
        return map.get(name) != null;
    }

    String text(String name) {
        return String.valueOf(present(name));
    }

    String text(String name, String otherwise) {
        return has(name) ? text(name) : otherwise;
    }

    long number(String name) {
        return ((Number) present(name)).longValue();
    }

    int number(String name, int otherwise) {
        return has(name) ? Math.toIntExact(number(name)) : otherwise;
    }

    /** 0 unless given. */
    double real(String name) {
        return map.get(name) instanceof Number number ? number.doubleValue() : 0;
    }

    private Object present(String name) {
        @Nullable Object value = map.get(name);
        if (value == null) {
            throw new IllegalArgumentException("without " + name + ": " + map);
        }
        return value;
    }
}
