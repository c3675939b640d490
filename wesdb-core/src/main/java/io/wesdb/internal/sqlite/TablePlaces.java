package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Where in a statement a name of a table, view, index or trigger stands. SQLite takes a text in single quotes for a name
 * there, and for a text elsewhere, so this tells {@code FROM t, 'dbstat'} from {@code SELECT t, 'dbstat'}. In doubt it is
 * such a place. Views and triggers are not compiled when they are made, so for what stands in them this is all there is;
 * of other statements the compiled form knows better. For one thread; use {@link #of}.
 */
final class TablePlaces {
    /** One name of a schema's object, its schema's name perhaps, follows. */
    private static final Set<String> BEFORE_ONE = Set.of(
            "TABLE",
            "VIEW",
            "TRIGGER",
            "INDEX",
            "EXISTS",
            "INTO",
            "UPDATE",
            "TO",
            "REFERENCES",
            "REINDEX",
            "ANALYZE",
            "IN",
            "USING");

    /** End a FROM clause. Only words that SQLite never takes for a name, or an alias could hide what follows it. */
    private static final Set<String> AFTER_FROM = Set.of(
            "SELECT",
            "VALUES",
            "WHERE",
            "GROUP",
            "ORDER",
            "HAVING",
            "LIMIT",
            "UNION",
            "INTERSECT",
            "EXCEPT",
            "SET",
            "RETURNING");

    private static final Set<String> CONFLICT_ACTIONS = Set.of("ROLLBACK", "ABORT", "REPLACE", "FAIL", "IGNORE");

    /** What is between two parentheses. */
    private static final class Frame {
        boolean inFrom;
        boolean expecting;
        /** Whether what is expected is a table of a FROM clause, where a parenthesis may go before its name. */
        boolean expectingSource;
    }

    private final List<Token> tokens;
    private final boolean create;
    private final BitSet places = new BitSet();
    private final Deque<Frame> outer = new ArrayDeque<>();
    private Frame frame = new Frame();

    private TablePlaces(List<Token> tokens) {
        this.tokens = tokens;
        this.create = !tokens.isEmpty() && tokens.get(0).is("CREATE");
    }

    /** The places of those tokens, in the list, that stand where a table's or other object's name is expected. */
    static BitSet of(List<Token> tokens) {
        TablePlaces finder = new TablePlaces(tokens);
        for (int i = 0; i < tokens.size(); i++) {
            finder.token(i);
        }
        return finder.places;
    }

    private void token(int i) {
        Token token = tokens.get(i);
        if (token.kind() == Kind.OPERATOR) {
            operator(i, token);
        } else if (token.kind() != Kind.WORD || !keyword(i, StatementVerb.upper(token.text()))) {
            if (frame.expecting && (token.isName() || token.kind() == Kind.STRING)) {
                places.set(i);
            }
            expect(false, false);
        }
    }

    private void operator(int i, Token token) {
        switch (token.text().charAt(0)) {
            case '(' -> {
                Frame inner = new Frame();
                inner.inFrom = frame.expecting && frame.expectingSource;
                inner.expecting = inner.inFrom;
                inner.expectingSource = inner.inFrom;
                expect(false, false);
                outer.push(frame);
                frame = inner;
            }
            case ')' -> frame = outer.isEmpty() ? new Frame() : outer.pop();
            case ',' -> expect(frame.inFrom, true);
            case '.' -> expect(i > 0 && places.get(i - 1), false);
            case ';' -> {
                outer.clear();
                frame = new Frame();
            }
            default -> expect(false, false);
        }
    }

    /** Whether the word is one that tells what follows; other words are names, as far as matters here. */
    private boolean keyword(int i, String word) {
        if (AFTER_FROM.contains(word)) {
            frame.inFrom = false;
            expect(false, false);
        } else if (word.equals("FROM") && !isComparison(i)) {
            frame.inFrom = true;
            expect(true, true);
        } else if (word.equals("JOIN")) {
            expect(true, true);
        } else if (word.equals("ON")) {
            // CREATE INDEX … ON table, CREATE TRIGGER … ON table
            expect(create && outer.isEmpty() && !frame.inFrom, false);
        } else if (BEFORE_ONE.contains(word) || isUpdateOr(i, word)) {
            // A table may itself be called view, trigger or reindex.
            if (frame.expecting) {
                places.set(i);
            }
            expect(true, false);
        } else {
            return false;
        }
        return true;
    }

    /** {@code a IS [NOT] DISTINCT FROM b} */
    private boolean isComparison(int i) {
        return i > 1
                && tokens.get(i - 1).is("DISTINCT")
                && (tokens.get(i - 2).is("IS") || tokens.get(i - 2).is("NOT"));
    }

    private boolean isUpdateOr(int i, String word) {
        return CONFLICT_ACTIONS.contains(word)
                && i > 1
                && tokens.get(i - 1).is("OR")
                && tokens.get(i - 2).is("UPDATE");
    }

    private void expect(boolean expecting, boolean source) {
        frame.expecting = expecting;
        frame.expectingSource = source;
    }
}
