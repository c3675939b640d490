package io.wesdb.internal.sqlite;

import io.wesdb.NotAQueryException;
import io.wesdb.SqlException;
import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What wesdb does not let a statement do, decided on its text alone, so that every node and the gateway decide alike
 * (I3). What the text cannot tell (a table named by a string in a join, TEMP through an alias) the compiled form does:
 * see {@link StatementProfile}. Stateless, thread safe.
 */
public final class StatementRules {
    /** Prefix of wesdb's own tables, in lower case. */
    static final String OWN_PREFIX = "wesdb_";

    static final String TEMP = "TEMP objects are not allowed: they would exist on one node only";

    static final String NO_CONDITION = "a precondition must be a query: SELECT or VALUES";

    private static final Set<String> WRITE_VERBS = Set.of(
            "SELECT", "VALUES", "INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER", "REINDEX",
            "ANALYZE", "VACUUM", "PRAGMA");
    private static final Set<String> READ_VERBS = Set.of("SELECT", "VALUES", "PRAGMA");
    private static final Set<String> TRANSACTION_VERBS =
            Set.of("BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE");

    private StatementRules() {}

    /**
     * Checks a statement that is to be logged.
     *
     * @throws SqlException with code 0 if it is not allowed
     */
    public static void checkWrite(String sql) {
        checkWrite(sql, SqlTokenizer.tokenize(sql));
    }

    static void checkWrite(String sql, List<Token> tokens) {
        checkShape(sql, tokens);
        String verb = StatementVerb.of(tokens);
        checkForbiddenVerbs(verb);
        if (verb.equals("EXPLAIN")) {
            throw refused("EXPLAIN is a query: use query");
        }
        if (!WRITE_VERBS.contains(verb)) {
            throw refused("not a statement that wesdb knows: " + shown(tokens));
        }
        BitSet places = TablePlaces.of(tokens);
        checkNames(tokens, places);
        FunctionRules.checkWrite(tokens, places);
        checkStatisticsWrite(tokens);
        switch (verb) {
            case "PRAGMA" -> PragmaRules.checkWrite(tokens);
            case "CREATE", "ALTER" -> {
                SchemaRules.check(tokens, places);
                FunctionRules.checkSchema(tokens, places);
                PureExpressionRules.check(tokens);
            }
            case "VACUUM" -> checkVacuum(tokens);
            default -> {}
        }
    }

    /**
     * Checks a statement that is to be run as a query. That it does not write is decided on its compiled form; what
     * plainly writes is refused here already.
     *
     * @throws NotAQueryException if it writes
     * @throws SqlException with code 0 if it is not allowed
     */
    public static void checkRead(String sql) {
        checkRead(sql, SqlTokenizer.tokenize(sql));
    }

    static void checkRead(String sql, List<Token> tokens) {
        checkShape(sql, tokens);
        List<Token> explained = withoutExplain(tokens);
        String verb = StatementVerb.of(explained);
        checkForbiddenVerbs(verb);
        if (!READ_VERBS.contains(verb)) {
            if (WRITE_VERBS.contains(verb)) {
                throw notAQuery();
            }
            throw refused("not a statement that wesdb knows: " + shown(tokens));
        }
        BitSet places = TablePlaces.of(explained);
        checkNames(explained, places);
        FunctionRules.checkRead(explained, places);
        if (verb.equals("PRAGMA")) {
            PragmaRules.checkRead(explained);
        }
    }

    /**
     * Checks a query whose result decides whether a command is done. It is executed where writes are, so that it may not
     * ask what a write may not.
     *
     * @throws SqlException with code 0 if it is not allowed
     */
    public static void checkCondition(String sql) {
        List<Token> tokens = SqlTokenizer.tokenize(sql);
        checkWrite(sql, tokens);
        checkRead(sql, tokens);
        if (!isQuery(StatementVerb.of(tokens))) {
            throw refused(NO_CONDITION);
        }
    }

    static boolean isQuery(String verb) {
        return verb.equals("SELECT") || verb.equals("VALUES");
    }

    /** Whether the statement must have an entry to itself. */
    public static boolean alone(String sql) {
        List<Token> tokens = SqlTokenizer.tokenize(sql);
        // OR ROLLBACK ends the whole transaction; alone, the entry need not be replayed because of it.
        return isVacuum(tokens) || tokens.stream().anyMatch(t -> t.is("ROLLBACK"));
    }

    static boolean isVacuum(List<Token> tokens) {
        return !tokens.isEmpty() && tokens.get(0).is("VACUUM");
    }

    static NotAQueryException notAQuery() {
        return new NotAQueryException("an update query must be ran using execute");
    }

    static SqlException refused(String message) {
        return new SqlException(message, 0, 0);
    }

    /** The statement that {@code sql}, an EXPLAIN, is about. */
    static String explained(String sql) {
        List<Token> tokens = SqlTokenizer.tokenize(sql);
        int skipped = tokens.size() - withoutExplain(tokens).size();
        int[] seen = {0};
        int[] start = {0};
        SqlTokenizer.scan(sql, (kind, from, to) -> {
            if (seen[0]++ == skipped) {
                start[0] = from;
            }
        });
        return sql.substring(start[0]);
    }

    private static List<Token> withoutExplain(List<Token> tokens) {
        if (!tokens.get(0).is("EXPLAIN")) {
            return tokens;
        }
        boolean plan =
                tokens.size() > 2 && tokens.get(1).is("QUERY") && tokens.get(2).is("PLAN");
        return tokens.subList(plan ? 3 : 1, tokens.size());
    }

    /** One statement and nothing after it: the driver would ignore the rest in silence. */
    private static void checkShape(String sql, List<Token> tokens) {
        if (sql.indexOf('\0') >= 0) {
            throw refused("the statement contains the character NUL");
        } else if (SqlTokenizer.hasHalfCharacter(sql)) {
            throw refused("the statement has half of a surrogate pair");
        }
        int end = tokens.size();
        while (end > 0 && tokens.get(end - 1).isOperator(';')) {
            end--;
        }
        if (end == 0 || tokens.get(0).isOperator(';')) {
            throw refused("there is no statement");
        }
        boolean several = tokens.subList(0, end).stream().anyMatch(t -> t.isOperator(';'));
        if (several && SqlScript.split(sql).size() > 1) {
            throw refused("there is more than one statement");
        }
        for (Token token : tokens) {
            if (token.kind() == Kind.ILLEGAL) {
                throw refused("unrecognized token: " + abbreviated(token.text()));
            }
        }
    }

    private static void checkForbiddenVerbs(String verb) {
        if (TRANSACTION_VERBS.contains(verb)) {
            throw refused(verb + " is not allowed: a command is a transaction of its own");
        } else if (verb.equals("ATTACH") || verb.equals("DETACH")) {
            throw refused(verb + " is not allowed: there is one database");
        } else if (verb.equals(VerifyCommand.VERB)) {
            throw refused(verb + " is not SQL: it is reserved for commands of wesdb's own");
        }
    }

    /** Names that are wesdb's own, and what is in TEMP. */
    private static void checkNames(List<Token> tokens, BitSet places) {
        // A virtual table's arguments may name the table that it reads, as a text too; so may a pragma's.
        boolean anyText = SchemaRules.isVirtualTable(tokens) || tokens.get(0).is("PRAGMA");
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            if (!isName(tokens, places, i) && !(anyText && token.kind() == Kind.STRING)) {
                continue;
            }
            String name = token.lowerValue();
            if (name.startsWith(OWN_PREFIX)) {
                throw refused("names starting with " + OWN_PREFIX + " are reserved: " + token.value());
            }
            // Elsewhere it may be an alias.
            boolean schema =
                    places.get(i) && i + 1 < tokens.size() && tokens.get(i + 1).isOperator('.');
            if (schema && name.equals("temp")) {
                throw refused(TEMP);
            }
        }
    }

    /**
     * SQLite reads sqlite_stat* when it opens a file and after ANALYZE, not when they are written: a node restarted
     * since would plan differently and might give rows in another order.
     */
    private static void checkStatisticsWrite(List<Token> tokens) {
        for (int i = 1; i < tokens.size(); i++) {
            if (!tokens.get(i).lowerValue().startsWith("sqlite_stat")) {
                continue;
            }
            int before = i - 1;
            if (tokens.get(before).isOperator('.')) {
                before -= 2;
            }
            boolean target = before >= 0
                    && (tokens.get(before).is("INTO")
                            || tokens.get(before).is("UPDATE")
                            || (before > 1 && tokens.get(before - 2).is("UPDATE"))
                            || (tokens.get(before).is("FROM")
                                    && before > 0
                                    && tokens.get(before - 1).is("DELETE")));
            if (target) {
                throw refused("the statistics are written by ANALYZE only");
            }
        }
    }

    private static void checkVacuum(List<Token> tokens) {
        for (int i = 1; i < tokens.size(); i++) {
            if (!tokens.get(i).isOperator(';') && !tokens.get(i).lowerValue().equals("main")) {
                throw refused("VACUUM can be used as it is only, without INTO");
            }
        }
    }

    /** The names in a text, in lower case, those given as texts where a table's name is expected included. */
    static Set<String> names(List<Token> tokens) {
        BitSet places = TablePlaces.of(tokens);
        boolean anyText = SchemaRules.isVirtualTable(tokens);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < tokens.size(); i++) {
            if (isName(tokens, places, i) || (anyText && tokens.get(i).kind() == Kind.STRING)) {
                names.add(tokens.get(i).lowerValue());
            }
        }
        return names;
    }

    private static boolean isName(List<Token> tokens, BitSet places, int i) {
        boolean afterDot = i > 0 && tokens.get(i - 1).isOperator('.');
        return tokens.get(i).isName() || (tokens.get(i).kind() == Kind.STRING && (places.get(i) || afterDot));
    }

    /** The place after the parenthesis that closes the one at {@code open}. */
    static int groupEnd(List<Token> tokens, int open) {
        int depth = 0;
        for (int i = open; i < tokens.size(); i++) {
            depth += tokens.get(i).isOperator('(') ? 1 : tokens.get(i).isOperator(')') ? -1 : 0;
            if (depth == 0) {
                return i + 1;
            }
        }
        return tokens.size();
    }

    static boolean isCall(List<Token> tokens, int i) {
        return i + 1 < tokens.size() && tokens.get(i + 1).isOperator('(');
    }

    private static String shown(List<Token> tokens) {
        return abbreviated(tokens.get(0).text());
    }

    private static String abbreviated(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }
}
