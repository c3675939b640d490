package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Locale;

/** Finds the word that says what a statement does. Stateless. */
final class StatementVerb {
    private StatementVerb() {}

    /** In upper case: the first word or, after WITH and its common table expressions, the one that follows them. */
    static String of(List<Token> tokens) {
        if (tokens.isEmpty() || tokens.get(0).kind() != Kind.WORD) {
            return "";
        }
        return tokens.get(0).is("WITH")
                ? afterWith(tokens)
                : upper(tokens.get(0).text());
    }

    /** A common table expression is {@code name [(columns)] AS [[NOT] MATERIALIZED] (select)}. */
    private static String afterWith(List<Token> tokens) {
        int depth = 0;
        for (int i = 1; i < tokens.size(); i++) {
            if (tokens.get(i).isOperator('(')) {
                depth++;
            } else if (tokens.get(i).isOperator(')')) {
                depth--;
                boolean more = i + 1 >= tokens.size()
                        || tokens.get(i + 1).isOperator(',')
                        || tokens.get(i + 1).is("AS");
                if (depth == 0 && !more) {
                    Token next = tokens.get(i + 1);
                    return next.kind() == Kind.WORD ? upper(next.text()) : "";
                }
            }
        }
        return "";
    }

    static boolean isDml(String verb) {
        return switch (verb) {
            case "INSERT", "REPLACE", "UPDATE", "DELETE" -> true;
            default -> false;
        };
    }

    /** As SQLite sees it: only ASCII letters have a case, so that ſelect is no keyword. */
    static String upper(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) >= 128) {
                return word;
            }
        }
        return word.toUpperCase(Locale.ROOT);
    }
}
