package io.wesdb.internal.log.zookeeper;

import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Names one attempt to append a large entry. The epoch in it tells when an attempt that is not in the log can never get
 * there any more (I4), the index where to look.
 */
record EntryId(long epoch, long index, long random) {
    private static final Pattern FORM = Pattern.compile("[0-9a-f]{16}-[0-9a-f]{16}-[0-9a-f]{16}");

    static @Nullable EntryId parse(String text) {
        return !FORM.matcher(text).matches()
                ? null
                : new EntryId(
                        HexFormat.fromHexDigitsToLong(text, 0, 16),
                        HexFormat.fromHexDigitsToLong(text, 17, 33),
                        HexFormat.fromHexDigitsToLong(text, 34, 50));
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.toHexDigits(epoch) + "-" + hex.toHexDigits(index) + "-" + hex.toHexDigits(random);
    }
}
