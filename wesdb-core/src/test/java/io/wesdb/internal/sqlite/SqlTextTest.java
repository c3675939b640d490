package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.wesdb.InvalidRequestException;
import io.wesdb.Statement;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tokenizer, the splitter and the parameters see what SQLite sees. */
class SqlTextTest {
    private static String tokens(String sql) {
        return SqlTokenizer.tokenize(sql).stream()
                .map(t -> t.kind().name().charAt(0) + ":" + t.text())
                .collect(Collectors.joining(" "));
    }

    @Test
    void tokensAreCutWhereSqliteCutsThem() {
        assertEquals("W:select N:1 N:.5e-3 N:0x1F N:1_000", tokens("select 1 .5e-3 0x1F 1_000"));
        assertEquals("S:'it''s' Q:\"a\"\"b\" Q:[x y] Q:`z``w`", tokens("'it''s' \"a\"\"b\" [x y] `z``w`"));
        assertEquals("B:x'00ff' B:X'' I:x'0' I:x'gg'", tokens("x'00ff' X'' x'0' x'gg'"));
        assertEquals("P:? P:?12 P::a P:@b P:$c::d(e f)".replace("(e f)", "(ef)"), tokens("? ?12 :a @b $c::d(ef)"));
        assertEquals("W:a O:- N:1", tokens("a--x\n-/* ; */1 -- end"));
        assertEquals("W:a", tokens("a /* never closed ;"));
        assertEquals("I:12abc I:'open", tokens("12abc 'open"));
        assertEquals("W:été W:a$1", tokens("été a$1"));
        assertEquals("O:/ O:*", tokens("/*"));
    }

    @Test
    void quotedNamesAreReadWithoutTheirQuotes() {
        List<Token> tokens = SqlTokenizer.tokenize("\"A\"\"b\" [C] `d` 'e''f'");
        assertEquals(
                List.of("a\"b", "c", "d", "e'f"),
                tokens.stream().map(Token::lowerValue).toList());
    }

    @Test
    void aScriptIsSplitAtTheEndOfEachStatement() {
        assertEquals(
                List.of("SELECT ';' -- a;b\n , 1", "SELECT 2"),
                SqlScript.split(";; SELECT ';' -- a;b\n , 1;/* ; */ ; SELECT 2 ; -- c"));
        assertEquals(List.of(), SqlScript.split(" -- nothing\n ; /* ; */"));
    }

    @Test
    void aTriggerIsOneStatement() {
        String trigger = "CREATE TEMP TRIGGER x AFTER INSERT ON t BEGIN UPDATE t SET a = CASE WHEN 1 THEN 2 END;"
                + " SELECT 1; END";
        assertEquals(List.of(trigger, "SELECT 3"), SqlScript.split(trigger + "; SELECT 3;"));
        String lower = "create trigger if not exists [end] delete on t begin select 1;\nend";
        assertEquals(List.of(lower), SqlScript.split(lower + ";"));
        assertEquals(List.of("EXPLAIN " + trigger), SqlScript.split("EXPLAIN " + trigger));
        assertEquals(
                List.of("CREATE TABLE trigger_log (x)", "SELECT 1"),
                SqlScript.split("CREATE TABLE trigger_log (x);SELECT 1"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "SELECT 1|0",
                "SELECT ?, ?, ?|3",
                "SELECT ?3, ?|4",
                "SELECT :a, :b, :a|2",
                "SELECT :a, @a, $a|3",
                "SELECT ?5, :a, ?|7",
                "SELECT '?', \"?\", [?], /* ? */ ? -- ?|1"
            })
    void parametersAreNumberedAsSqliteNumbersThem(String sql, int count) {
        assertEquals(count, ParameterLayout.of(sql).count());
    }

    @Test
    void namesBecomePositions() {
        ParameterLayout layout = ParameterLayout.of("SELECT :b, @a, $b, :b");
        assertEquals(
                List.of(2L, 1L, 2L), layout.bind(Statement.named("SELECT :b, @a, $b, :b", Map.of("a", 1, "b", 2))));
    }

    @Test
    void wrongParametersAreRefused() {
        assertThrows(InvalidRequestException.class, () -> bind(Statement.of("SELECT ?, ?", 1)));
        assertThrows(InvalidRequestException.class, () -> bind(Statement.of("SELECT ?", 1, 2)));
        assertThrows(InvalidRequestException.class, () -> bind(Statement.named("SELECT :a", Map.of("b", 1))));
        assertThrows(InvalidRequestException.class, () -> bind(Statement.named("SELECT :a", Map.of("a", 1, "c", 1))));
        assertThrows(InvalidRequestException.class, () -> bind(Statement.named("SELECT ?", Map.of("a", 1))));
        assertThrows(InvalidRequestException.class, () -> ParameterLayout.of("SELECT ?0"));
        assertThrows(InvalidRequestException.class, () -> ParameterLayout.of("SELECT ?999999999999"));
    }

    private static List<Object> bind(Statement statement) {
        return ParameterLayout.of(statement.sql()).bind(statement);
    }
}
