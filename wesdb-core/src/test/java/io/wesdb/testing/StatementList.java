package io.wesdb.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The statements in a text file of the tests, one a line. */
public final class StatementList {
    private static final Pattern ESCAPE = Pattern.compile("\\\\u([0-9A-F]{4})");

    private StatementList() {}

    /** One line; its text as it is in the file, for messages, and the statement that it stands for. */
    public record Line(String text, String code, String sql) {}

    /** Lines of a code, a space and a statement. */
    public static List<Line> withCodes(String name) {
        return lines(name).stream()
                .map(line -> {
                    int space = line.indexOf(' ');
                    return new Line(line, line.substring(0, space), unescaped(line.substring(space + 1)));
                })
                .toList();
    }

    /** Lines of a statement, all with the same code. */
    public static List<Line> withCode(String name, String code) {
        return lines(name).stream()
                .map(line -> new Line(line, code, unescaped(line)))
                .toList();
    }

    private static List<String> lines(String name) {
        try (InputStream in = StatementList.class.getResourceAsStream("/io/wesdb/hostile/" + name)) {
            List<String> lines = new ArrayList<>(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList());
            lines.removeIf(line -> line.startsWith("#") || line.isEmpty());
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String unescaped(String text) {
        return ESCAPE.matcher(text)
                .replaceAll(match -> java.util.regex.Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(match.group(1), 16))));
    }
}
