package io.wesdb.internal.node;

import io.wesdb.internal.env.SimulatedWorld;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What happened in a history, told in sentences: simulated time, who, and what. Costs nothing while nobody listens. */
final class Story {
    final boolean told;
    private final SimulatedWorld world;
    private final List<String> lines = new ArrayList<>();

    private final String directory;

    /** @param directory is not told, for it differs from run to run */
    Story(SimulatedWorld world, boolean told, String directory) {
        this.directory = directory;
        this.world = world;
        this.told = told;
    }

    /** @param format as {@link String#format}'s */
    void tell(String who, String format, Object... values) {
        if (told) {
            lines.add(String.format(Locale.ROOT, "%9.3f s  %-6s ", world.nanos() / 1e9, who)
                    + (values.length == 0
                            ? format
                            : String.format(Locale.ROOT, format, values).replace(directory, "")));
        }
    }

    /** What was thrown, without the directory, and not all of it. */
    String brief(Throwable failure) {
        String text = failure.getClass().getSimpleName() + ": "
                + String.valueOf(failure.getMessage()).replace(directory, "");
        return text.length() > 120 ? text.substring(0, 120) + "…" : text;
    }

    List<String> lines() {
        return lines;
    }
}
