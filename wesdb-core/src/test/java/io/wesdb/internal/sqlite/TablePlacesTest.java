package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a text is the name of a table, and where it is a text. */
class TablePlacesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'a', 'b' FROM 'c', d AS 'e', ('f'), main.'g' WHERE 'h' IN ('i', 'j') => 'c' d 'f' main 'g'",
                "SELECT 1 FROM a JOIN 'b' ON 'c' <> f('d', 'e'), 'g' ORDER BY 'h', 'i' => a 'b' 'g'",
                "SELECT 1 FROM (('a') JOIN ('b' NATURAL JOIN 'c')), (SELECT 'd', 'e' FROM 'f') => 'a' 'b' 'c' 'f'",
                "SELECT 1 FROM a AS window, 'b' => a 'b'",
                "SELECT 1 FROM a AS with, 'b' => a 'b'",
                "SELECT 1 FROM a AS returning_, 'b' UNION SELECT 'c', 'd' FROM 'e' => a 'b' 'e'",
                "SELECT x IS DISTINCT FROM 'a', x IS NOT DISTINCT FROM 'b' FROM 'c' => 'c'",
                "SELECT 1 IN 'a', 2 IN main.'b', 3 IN ('c', 'd'), 4 NOT IN e('f') => 'a' main 'b' e",
                "WITH a AS (SELECT 'b', 'c' FROM 'd', 'e') SELECT 'f', 'g' FROM a, 'h' => 'd' 'e' a 'h'",
                "VALUES ('a', 'b'), ('c', (SELECT 'd' FROM 'e')) => 'e'",
                "INSERT OR IGNORE INTO 'a' ('b') VALUES ('c') RETURNING 'd', 'e' => 'a'",
                "UPDATE OR IGNORE 'a' SET x = 'b', y = 'c' FROM 'd', 'e' WHERE 'f' => OR 'a' 'd' 'e'",
                "DELETE FROM main.'a' WHERE x IN ('b', 'c') RETURNING 'd', 'e' => main 'a'",
                "CREATE INDEX 'a' ON 'b' ('c') WHERE x <> 'd' => 'a' 'b'",
                "CREATE VIEW IF NOT EXISTS 'a' AS SELECT 'b', 'c' FROM d, 'e' => IF 'a' d 'e'",
                "CREATE TRIGGER 'a' AFTER INSERT ON 'b' WHEN 'c' BEGIN SELECT 'd', 'e'; DELETE FROM 'f'; END => 'a' 'b' 'f'",
                "CREATE TABLE 'a' ('b' REFERENCES 'c' ('d') DEFAULT 'e', CHECK ('b' IN ('f', 'g'))) => 'a' 'c'",
                "ALTER TABLE 'a' RENAME TO 'b' => 'a' 'b'",
                "DROP TABLE IF EXISTS 'a' => IF 'a'",
                "REINDEX 'a' => 'a'",
            })
    void namesAreToldFromTexts(String sqlAndNames) {
        String[] parts = sqlAndNames.split(" => ");
        List<Token> tokens = SqlTokenizer.tokenize(parts[0]);
        String found = TablePlaces.of(tokens).stream()
                .mapToObj(i -> tokens.get(i).text())
                .collect(Collectors.joining(" "));
        assertEquals(parts[1], found);
    }
}
