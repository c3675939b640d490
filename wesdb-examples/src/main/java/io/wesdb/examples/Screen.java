package io.wesdb.examples;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the demonstration prints: headings, aligned tables and proofs. Plain text unless a person sits at a terminal. For one thread. */
public final class Screen {
    private static final String BOLD = "\u001b[1m";
    private static final String DIM = "\u001b[2m";
    private static final String GREEN = "\u001b[32m";
    private static final String RED = "\u001b[31m";
    private static final String RESET = "\u001b[0m";

    private final PrintStream out;
    private final boolean coloured;
    private int sections;
    private boolean allHeld = true;

    public Screen(PrintStream out, boolean coloured) {
        this.out = out;
        this.coloured = coloured;
    }

    /** UTF-8 whatever the locale says: terminals and logs have been that for years, minimal containers' locales not. */
    public static Screen onStandardOutput() {
        return new Screen(
                new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8), isTerminal());
    }

    /** Whether a person is looking, who has not asked for plain text (no-color.org). */
    public static boolean isTerminal() {
        String terminal = System.getenv("TERM");
        return System.console() != null
                && System.getenv("NO_COLOR") == null
                && terminal != null
                && !terminal.equals("dumb");
    }

    public void title(String text) {
        out.println();
        out.println(in(BOLD, text));
    }

    public void section(String text) {
        sections++;
        out.println();
        out.println(in(BOLD, sections + ". " + text));
    }

    public void say(String text) {
        text.lines().forEach(line -> out.println("   " + line));
    }

    public void aside(String text) {
        text.lines().forEach(line -> out.println("   " + in(DIM, line)));
    }

    /** Something that was tested just now. One that does not hold makes {@link #allHeld} false for good. */
    public boolean prove(boolean holds, String claim) {
        allHeld &= holds;
        out.println("   " + mark(holds) + " " + (holds ? claim : "NOT SO: " + claim));
        return holds;
    }

    public boolean allHeld() {
        return allHeld;
    }

    public String mark(boolean holds) {
        return holds ? in(GREEN, "✓") : in(RED, "✗");
    }

    /** A table whose first line is its head, its columns as wide as they need to be. */
    public void table(List<List<String>> lines) {
        int columns = lines.get(0).size();
        int[] widths = new int[columns];
        for (List<String> line : lines) {
            for (int i = 0; i < columns; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        for (int l = 0; l < lines.size(); l++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                String cell = lines.get(l).get(i);
                text.append(cell).append(" ".repeat(widths[i] - cell.length() + 2));
            }
            String line = text.toString().stripTrailing();
            out.println("   "
                    + (l == 0 ? in(DIM, line) : line.replace("✓", mark(true)).replace("✗", mark(false))));
        }
    }

    public void end() {
        out.println();
        out.println(in(BOLD, allHeld ? "Everything held." : "Something did NOT hold; see above."));
        out.flush();
    }

    private String in(String style, String text) {
        return coloured ? style + text + RESET : text;
    }
}
