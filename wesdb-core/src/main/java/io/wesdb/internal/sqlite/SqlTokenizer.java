package io.wesdb.internal.sqlite;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts SQL text into tokens exactly where SQLite's own tokenizer (tokenize.c) does, so that a rule decided on tokens is
 * a rule about what SQLite will see: a word inside a string, a quoted name or a comment is not that word. It is no
 * parser. White space and comments give no tokens. Stateless, thread safe.
 */
final class SqlTokenizer {
    /** The sorts of token that rules tell apart. */
    enum Kind {
        /** A keyword or a bare name. */
        WORD,
        /** A name in double quotes, square brackets or backquotes. */
        QUOTED,
        /** A text in single quotes; SQLite takes it for a name in some places. */
        STRING,
        BLOB,
        NUMBER,
        PARAMETER,
        OPERATOR,
        /** What SQLite refuses: an unterminated string, a stray character. */
        ILLEGAL
    }

    /** One token; {@code text} is as written. */
    record Token(Kind kind, String text) {
        boolean is(String keyword) {
            return kind == Kind.WORD && isSame(text, keyword);
        }

        boolean isOperator(char c) {
            return kind == Kind.OPERATOR && text.charAt(0) == c;
        }

        /** Whether it can be a name without being a text as well. */
        boolean isName() {
            return kind == Kind.WORD || kind == Kind.QUOTED;
        }

        /** The name or text that it stands for, without its quotes. */
        String value() {
            if (kind != Kind.QUOTED && kind != Kind.STRING) {
                return text;
            }
            char quote = text.charAt(0);
            String inner = text.substring(1, text.length() - 1);
            return quote == '[' ? inner : inner.replace("" + quote + quote, "" + quote);
        }

        /** {@link #value()} in lower case: SQLite's names ignore the case of ASCII letters. */
        String lowerValue() {
            return lower(value());
        }
    }

    /** Receives each token with its place in the text. */
    @FunctionalInterface
    interface Sink {
        void token(Kind kind, int start, int end);
    }

    private SqlTokenizer() {}

    /** Whether SQLite takes {@code word} for {@code keyword}: only ASCII letters have a case for it, not ſ or ı. */
    static boolean isSame(String word, String keyword) {
        return word.equalsIgnoreCase(keyword) && word.chars().allMatch(c -> c < 128);
    }

    /** As SQLite does it: only ASCII letters change. */
    static String lower(String name) {
        for (int i = 0; i < name.length(); i++) {
            if (name.charAt(i) >= 'A' && name.charAt(i) <= 'Z') {
                return lowered(name);
            }
        }
        return name;
    }

    private static String lowered(String name) {
        StringBuilder lower = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                lower.setCharAt(i, (char) (c + ('a' - 'A')));
            }
        }
        return lower.toString();
    }

    /** Whether there is half of a surrogate pair, which UTF-8 cannot hold: SQLite would see a question mark. */
    static boolean hasHalfCharacter(String sql) {
        for (int i = 0; i < sql.length(); i++) {
            if (Character.isSurrogate(sql.charAt(i))) {
                if (Character.charCount(sql.codePointAt(i)) == 1) {
                    return true;
                }
                i++;
            }
        }
        return false;
    }

    static List<Token> tokenize(String sql) {
        List<Token> tokens = new ArrayList<>();
        scan(sql, (kind, start, end) -> tokens.add(new Token(kind, sql.substring(start, end))));
        return tokens;
    }

    static void scan(String sql, Sink sink) {
        int at = 0;
        while (at < sql.length()) {
            int skipped = skipBlank(sql, at);
            if (skipped > at) {
                at = skipped;
            } else {
                at = token(sql, at, sink);
            }
        }
    }

    private static int skipBlank(String sql, int at) {
        char c = sql.charAt(at);
        if (isSpace(c) || c == '\uFEFF') {
            return at + 1;
        } else if (c == '-' && charAt(sql, at + 1) == '-') {
            int end = sql.indexOf('\n', at);
            return end < 0 ? sql.length() : end;
        } else if (c == '/' && charAt(sql, at + 1) == '*' && at + 2 < sql.length()) {
            int end = sql.indexOf("*/", at + 2);
            return end < 0 ? sql.length() : end + 2;
        }
        return at;
    }

    private static int token(String sql, int at, Sink sink) {
        char c = sql.charAt(at);
        Kind kind;
        int end;
        if ((c == 'x' || c == 'X') && charAt(sql, at + 1) == '\'') {
            end = blobEnd(sql, at + 2);
            kind = isBlob(sql, at, end) ? Kind.BLOB : Kind.ILLEGAL;
        } else if (isNameStart(c)) {
            end = nameEnd(sql, at + 1);
            kind = Kind.WORD;
        } else if (c == '\'' || c == '"' || c == '`') {
            end = quotedEnd(sql, at + 1, c);
            kind = end < 0 ? Kind.ILLEGAL : c == '\'' ? Kind.STRING : Kind.QUOTED;
        } else if (c == '[') {
            end = sql.indexOf(']', at) + 1;
            kind = end == 0 ? Kind.ILLEGAL : Kind.QUOTED;
        } else if (isDigit(c) || (c == '.' && isDigit(charAt(sql, at + 1)))) {
            end = numberEnd(sql, at);
            // 12abc is one illegal token for SQLite, not a number and a name.
            kind = end < sql.length() && isNamePart(sql.charAt(end)) ? Kind.ILLEGAL : Kind.NUMBER;
            end = kind == Kind.ILLEGAL ? nameEnd(sql, end) : end;
        } else if (c == '?') {
            end = at + 1;
            while (isDigit(charAt(sql, end))) {
                end++;
            }
            kind = Kind.PARAMETER;
        } else if (c == '$' || c == '@' || c == ':' || c == '#') {
            end = parameterEnd(sql, at);
            kind = end < 0 ? Kind.ILLEGAL : Kind.PARAMETER;
            end = Math.abs(end);
        } else {
            end = at + 1;
            kind = "-+*/%=<>!|,;.()&~".indexOf(c) >= 0 ? Kind.OPERATOR : Kind.ILLEGAL;
        }
        end = end <= at ? sql.length() : end;
        sink.token(kind, at, end);
        return end;
    }

    private static int blobEnd(String sql, int at) {
        int quote = sql.indexOf('\'', at);
        return quote < 0 ? sql.length() : quote + 1;
    }

    private static boolean isBlob(String sql, int start, int end) {
        if (sql.charAt(end - 1) != '\'' || (end - start) % 2 == 0 || end - start < 3) {
            return false;
        }
        return sql.substring(start + 2, end - 1).chars().allMatch(c -> Character.digit(c, 16) >= 0 && c < 128);
    }

    private static int quotedEnd(String sql, int from, char quote) {
        for (int i = from; i < sql.length(); i++) {
            if (sql.charAt(i) == quote) {
                if (charAt(sql, i + 1) != quote) {
                    return i + 1;
                }
                i++;
            }
        }
        return -1;
    }

    private static int numberEnd(String sql, int at) {
        int end = at;
        if (sql.charAt(at) == '0'
                && (charAt(sql, at + 1) | 0x20) == 'x'
                && Character.digit(charAt(sql, at + 2), 16) >= 0) {
            end = at + 2;
            while (Character.digit(charAt(sql, end), 16) >= 0 || charAt(sql, end) == '_') {
                end++;
            }
            return end;
        }
        end = digitsEnd(sql, end);
        if (charAt(sql, end) == '.') {
            end = digitsEnd(sql, end + 1);
        }
        if ((charAt(sql, end) | 0x20) == 'e') {
            int digits = charAt(sql, end + 1) == '+' || charAt(sql, end + 1) == '-' ? end + 2 : end + 1;
            if (isDigit(charAt(sql, digits))) {
                end = digitsEnd(sql, digits);
            }
        }
        return end;
    }

    private static int digitsEnd(String sql, int at) {
        int end = at;
        while (isDigit(charAt(sql, end)) || (charAt(sql, end) == '_' && isDigit(charAt(sql, end + 1)))) {
            end++;
        }
        return end;
    }

    /** The end of {@code :a}, {@code @a}, {@code $a::b(c)}; negated if SQLite refuses it. */
    private static int parameterEnd(String sql, int at) {
        int end = at + 1;
        int nameLength = 0;
        while (end < sql.length()) {
            char c = sql.charAt(end);
            if (isNamePart(c)) {
                nameLength++;
                end++;
            } else if (c == '(' && nameLength > 0) {
                do {
                    end++;
                } while (end < sql.length() && !isSpace(sql.charAt(end)) && sql.charAt(end) != ')');
                return charAt(sql, end) == ')' ? end + 1 : -end;
            } else if (c == ':' && charAt(sql, end + 1) == ':') {
                end += 2;
            } else {
                break;
            }
        }
        return nameLength == 0 ? -end : end;
    }

    private static int nameEnd(String sql, int at) {
        int end = at;
        while (end < sql.length() && isNamePart(sql.charAt(end))) {
            end++;
        }
        return end;
    }

    private static char charAt(String sql, int at) {
        return at < sql.length() ? sql.charAt(at) : 0;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isNameStart(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c >= 128 && c != '\uFEFF');
    }

    private static boolean isNamePart(char c) {
        return isNameStart(c) || isDigit(c) || c == '$' || c == '\uFEFF';
    }
}
