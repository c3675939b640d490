package io.wesdb.testing.builtin;

import java.util.List;

/**
 * A mistake that somebody could have made, to be built into a copy of the code so that the checks can show that they
 * would see it. Nothing of it is in the library: the sources stay as they are, see {@link Overlay}.
 *
 * @param name lower case, with hyphens
 * @param breaks the invariants that do not hold with it
 * @param description what is done wrong, in one sentence
 * @param edits what is changed in the library's sources
 */
public record BuiltInFault(String name, String breaks, String description, List<Edit> edits) {

    /**
     * A change of one file.
     *
     * @param file below {@code io/wesdb/internal}
     * @param text what is there exactly once
     * @param replacement what is put in its place
     */
    public record Edit(String file, String text, String replacement) {}

    public BuiltInFault {
        edits = List.copyOf(edits);
    }

    static BuiltInFault of(String name, String breaks, String description, Edit... edits) {
        return new BuiltInFault(name, breaks, description, List.of(edits));
    }

    static Edit in(String file, String text, String replacement) {
        return new Edit(file, text, replacement);
    }
}
