package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Splits a script into its statements where {@code sqlite3_complete()} ends one: at a semicolon, except inside CREATE
 * TRIGGER, which ends at the semicolon after an END that follows a semicolon (so CASE … END inside does not end it).
 * Stateless, thread safe.
 */
public final class SqlScript {
    private SqlScript() {}

    /** The statements, without their semicolons; parts with nothing but white space and comments are dropped. */
    public static List<String> split(String script) {
        Splitter splitter = new Splitter(script);
        SqlTokenizer.scan(script, splitter::token);
        splitter.end(script.length());
        return splitter.statements;
    }

    private static final class Splitter {
        private final String script;
        private final List<String> statements = new ArrayList<>();
        private int start = -1;
        private int words;
        private boolean create;
        private boolean trigger;
        private boolean afterSemicolon;
        private boolean afterEnd;

        Splitter(String script) {
            this.script = script;
        }

        void token(Kind kind, int from, int to) {
            String text = script.substring(from, to);
            boolean semicolon = kind == Kind.OPERATOR && text.equals(";");
            if (semicolon && (!trigger || afterEnd)) {
                end(from);
                return;
            }
            if (start < 0 && !semicolon) {
                start = from;
            }
            if (kind == Kind.WORD) {
                word(text);
            }
            afterEnd = trigger && afterSemicolon && kind == Kind.WORD && is(text, "END");
            afterSemicolon = semicolon;
        }

        /** CREATE [TEMP|TEMPORARY] TRIGGER, an EXPLAIN [QUERY PLAN] before it notwithstanding. */
        private void word(String text) {
            if (words == 0 && (is(text, "EXPLAIN") || is(text, "QUERY") || is(text, "PLAN"))) {
                return;
            }
            words++;
            if (words == 1) {
                create = is(text, "CREATE");
            } else if (create && !trigger) {
                trigger = is(text, "TRIGGER");
                create = trigger || is(text, "TEMP") || is(text, "TEMPORARY");
            }
        }

        private static boolean is(String text, String keyword) {
            return SqlTokenizer.isSame(text, keyword);
        }

        void end(int at) {
            if (start >= 0) {
                statements.add(script.substring(start, at).strip());
            }
            start = -1;
            words = 0;
            create = false;
            trigger = false;
            afterSemicolon = false;
            afterEnd = false;
        }
    }
}
