package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Set;

/**
 * Refuses the current time, and time zones, in an index, a generated column or a CHECK. SQLite does this itself for its
 * own date functions; ours are registered as deterministic (or they could not be used there at all), which switches
 * that refusal off. What the text does not show ('no' || 'w', a column that holds 'now') is refused when it is
 * evaluated: see {@link ExecutionContext#pureOnly}. Stateless.
 */
final class PureExpressionRules {
    private static final Set<String> CURRENT = Set.of("current_date", "current_time", "current_timestamp");
    private static final Set<String> IMPURE_TEXTS = Set.of("now", "localtime", "utc");
    private static final Set<String> IMPURE_FIRST_TEXTS = Set.of("subsec", "subsecond");

    private PureExpressionRules() {}

    /** Checks a CREATE or ALTER statement. */
    static void check(List<Token> tokens) {
        if (isWord(tokens, 1, "INDEX") || isWord(tokens, 2, "INDEX")) {
            checkIndex(tokens);
        } else if (isWord(tokens, 1, "TABLE")) {
            checkTable(tokens);
        }
    }

    private static void checkIndex(List<Token> tokens) {
        for (int i = 0; i < tokens.size(); i++) {
            if (tokens.get(i).is("ON")) {
                checkRange(tokens, i + 1, tokens.size(), "an index");
                return;
            }
        }
    }

    private static void checkTable(List<Token> tokens) {
        int depth = 0;
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (token.isOperator('(')) {
                depth++;
            } else if (token.isOperator(')')) {
                depth--;
            } else if (token.is("AS") && depth == 0 && tokens.get(0).is("CREATE")) {
                return; // CREATE TABLE … AS SELECT: the rest is a query
            } else if ((token.is("CHECK") || token.is("AS")) && StatementRules.isCall(tokens, i)) {
                int end = StatementRules.groupEnd(tokens, i + 1);
                checkRange(tokens, i + 1, end, token.is("CHECK") ? "a CHECK constraint" : "a generated column");
            }
        }
    }

    private static void checkRange(List<Token> tokens, int from, int to, String place) {
        for (int i = from; i < to; i++) {
            Token token = tokens.get(i);
            if (token.kind() == Kind.WORD && CURRENT.contains(token.lowerValue())) {
                throw impure(token.lowerValue(), place);
            }
            if (token.isName()
                    && StatementRules.isCall(tokens, i)
                    && DateFunctions.isName(token.lowerValue())
                    && isImpureCall(tokens, i)) {
                throw impure(token.lowerValue() + "()", place);
            }
        }
    }

    private static boolean isImpureCall(List<Token> tokens, int name) {
        int open = name + 1;
        int end = StatementRules.groupEnd(tokens, open);
        boolean strftime = tokens.get(name).lowerValue().equals("strftime");
        int commas = 0;
        int depth = 0;
        for (int i = open; i < end; i++) {
            Token token = tokens.get(i);
            depth += token.isOperator('(') ? 1 : token.isOperator(')') ? -1 : 0;
            commas += depth == 1 && token.isOperator(',') ? 1 : 0;
            // A text in double quotes is a text if there is no such column.
            if (token.kind() == Kind.STRING || token.kind() == Kind.QUOTED) {
                boolean first = commas == (strftime ? 1 : 0);
                String text = token.lowerValue();
                if (IMPURE_TEXTS.contains(text) || (first && IMPURE_FIRST_TEXTS.contains(text))) {
                    return true;
                }
            }
        }
        boolean noArguments = end == open + 2;
        return noArguments || (strftime && commas == 0);
    }

    private static boolean isWord(List<Token> tokens, int at, String word) {
        return at < tokens.size() && tokens.get(at).is(word);
    }

    private static RuntimeException impure(String what, String place) {
        return StatementRules.refused("non-deterministic use of " + what + " in " + place);
    }
}
