package io.wesdb.internal.sqlite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteConnection;

/**
 * Someone has thought about each pragma, module and function that SQLite and its driver bring. When an upgrade brings
 * another, these tests fail until it is put on a list: a pragma in {@link PragmaRules}, a module in
 * {@link VirtualTableRules}, a function in {@link FunctionRules} or, if it gives the same on every node and does nothing
 * else, in the resource {@code hostile/functions.txt}.
 */
class ClassifiedSqlTest {
    @TempDir
    Path directory;

    private TestNode node;
    private SQLiteConnection connection;

    @BeforeEach
    void open() {
        node = new TestNode(directory.resolve("c.db"));
        connection = Connections.openReader(node.settings);
    }

    @AfterEach
    void close() throws SQLException {
        connection.close();
        node.close();
    }

    private Set<String> names(String select) throws SQLException {
        Set<String> names = new TreeSet<>();
        try (NativeStatement statement = NativeStatement.prepare(connection, select)) {
            boolean row = statement.execute();
            while (row) {
                names.add(String.valueOf(statement.value(0)));
                row = statement.step();
            }
        }
        return names;
    }

    @Test
    void everyPragmaIsClassified() throws SQLException {
        Set<String> pragmas = names("SELECT name FROM pragma_pragma_list");
        assertTrue(pragmas.size() > 60, pragmas::toString);
        pragmas.removeIf(PragmaRules::isKnown);
        assertEquals(Set.of(), pragmas);
    }

    @Test
    void everyModuleIsClassified() throws SQLException {
        OwnVirtualTables.of(connection); // has SQLite make the pragmas' modules
        Set<String> modules = names("SELECT name FROM pragma_module_list");
        assertTrue(modules.size() > 40, modules::toString);
        modules.removeIf(name -> VirtualTableRules.canBeCreated(name)
                || VirtualTableRules.isForRead(name)
                || VirtualTableRules.isRefusedInSchema(name));
        assertEquals(Set.of(), modules);
    }

    @Test
    void everyVirtualTableThatIsThereByItselfIsRecognised() throws SQLException {
        Set<String> recognised = new TreeSet<>(OwnVirtualTables.of(connection).values());
        assertTrue(
                recognised.containsAll(Set.of(
                        "dbstat",
                        "pragma_database_list",
                        "pragma_journal_mode",
                        "pragma_optimize",
                        "pragma_cache_size",
                        "pragma_table_info")),
                recognised::toString);
        for (String name : recognised) {
            StatementProfile profile = StatementProfile.of(connection, "SELECT 1 FROM sqlite_schema, '" + name + "'");
            assertEquals(name, VirtualTableRules.refused(connection, profile, any -> false));
        }
    }

    @Test
    void aWriteReadsNoMoreThanAQueryDoes() throws SQLException {
        for (String name : OwnVirtualTables.of(connection).values()) {
            assertFalse(VirtualTableRules.isForWrite(name) && !VirtualTableRules.isForRead(name), name);
        }
    }

    /** Those that wesdb replaces, such as random(), are on the list as what they are then. */
    @Test
    void everyFunctionIsClassified() throws SQLException, IOException {
        Set<String> same;
        try (InputStream list = getClass().getResourceAsStream("/io/wesdb/hostile/functions.txt")) {
            same = Arrays.stream(new String(list.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .filter(line -> !line.startsWith("#"))
                            .collect(Collectors.joining(" "))
                            .trim()
                            .split("\\s+"))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        Set<String> functions = names("SELECT DISTINCT name FROM pragma_function_list");
        assertTrue(functions.size() > 150, functions::toString);
        Set<String> both = new TreeSet<>(same);
        both.removeIf(name -> !FunctionRules.isRefused(name) && !FunctionRules.isNodeLocal(name));
        assertEquals(Set.of(), both, "on two lists");
        Set<String> unknown = new TreeSet<>(functions);
        unknown.removeAll(same);
        unknown.removeIf(name -> FunctionRules.isRefused(name) || FunctionRules.isNodeLocal(name));
        assertEquals(Set.of(), unknown, "on no list");
        same.removeAll(functions);
        assertEquals(Set.of(), same, "on the list, but not there");
    }
}
