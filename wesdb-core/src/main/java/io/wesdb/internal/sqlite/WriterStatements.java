package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The statements the writer has compiled, and the facts of the schema they were compiled under; both are given up
 * whenever the schema or the statistics change. Owned by the applier's thread.
 */
final class WriterStatements {
    private static final int MAX_COMPILED = 256;
    private static final int MAX_TEXTS = 1024;

    private final WriterConnection connection;
    private final BoundedCache<StatementText> texts = new BoundedCache<>(MAX_TEXTS, text -> {});
    private final BoundedCache<CompiledStatement> compiled =
            new BoundedCache<>(MAX_COMPILED, made -> made.statement().closeQuietly());
    /** The one asked for last, which is asked for several times in a row and may be too long for the cache. */
    private @Nullable String lastSql;

    private @Nullable StatementText lastText;
    private @Nullable SchemaFacts facts;
    private boolean schemaTouched;
    /** Counts reloads, so that a statement compiled before one is not put back into the cache after it. */
    private int schemaVersion;

    WriterStatements(WriterConnection connection) {
        this.connection = connection;
    }

    StatementText text(String sql) {
        StatementText text = sql.equals(lastSql) ? lastText : texts.get(sql);
        if (text == null) {
            text = StatementText.of(sql);
            texts.put(sql, text);
        }
        lastSql = sql;
        lastText = text;
        return text;
    }

    SchemaFacts facts() throws SQLException {
        SchemaFacts known = facts;
        if (known == null) {
            known = SchemaFacts.load(connection.sqlite());
            facts = known;
        }
        return known;
    }

    @Nullable CompiledStatement known(String sql) {
        return compiled.get(sql);
    }

    CompiledStatement compile(StatementText text) throws SQLException {
        CompiledStatement known = compiled.get(text.sql());
        if (known != null) {
            return known;
        }
        StatementProfile profile = StatementProfile.of(connection.sqlite(), text.sql());
        String refusal = refusal(text, profile);
        NativeStatement statement = connection.prepare(text.sql());
        List<String> columns = text.dml() || !profile.writes() ? statement.columns() : List.of();
        CompiledStatement made = new CompiledStatement(statement, profile, columns, refusal);
        compiled.put(text.sql(), made);
        return made;
    }

    /** Keeps it for its execution in the same command, unless it is too long to be kept: then it is compiled again. */
    void compileAhead(StatementText text) throws SQLException {
        CompiledStatement made = compile(text);
        if (compiled.get(text.sql()) != made) {
            made.statement().closeQuietly();
        }
    }

    /** After every execution: what is not kept, or was finalized by the driver after an error, is given up. */
    void used(StatementText text, CompiledStatement statement) throws SQLException {
        if (compiled.get(text.sql()) != statement) {
            statement.statement().closeQuietly();
        } else if (statement.statement().isClosed()
                // Planned by the samples for the time at which it was compiled: another node may compile it now.
                || (statement.profile().callsDates() && facts().sampled())) {
            statement.statement().closeQuietly();
            compiled.remove(text.sql());
        }
    }

    /** Why the compiled form is refused, for what the rules could not see in the text; null if it is not. */
    private @Nullable String refusal(StatementText text, StatementProfile profile) throws SQLException {
        SchemaFacts schema = facts();
        if (profile.touchesTemp() && !text.looksAtTemp()) {
            return StatementRules.TEMP;
        } else if (!text.touchesEverything() && !Collections.disjoint(profile.roots(), schema.ownRoots())) {
            return "names starting with " + StatementRules.OWN_PREFIX + " are reserved";
        } else if (text.dml() && !Collections.disjoint(profile.writtenRoots(), schema.statisticsRoots())) {
            return "the statistics are written by ANALYZE only";
        } else if (touchesShadowTable(text, profile, schema)) {
            return "a virtual table keeps its content there: use the virtual table itself";
        }
        // ALTER TABLE looks at the rows there are through pragma_quick_check by itself. Neither it nor DROP can be made
        // to
        // read from anything else.
        String table = text.looksAtTemp()
                ? null
                : VirtualTableRules.refused(connection.sqlite(), profile, VirtualTableRules::isForWrite);
        return table != null
                ? table + " differs from node to node, so a write may not use it"
                : FunctionRules.refusalOfWrite(profile);
    }

    /**
     * What is kept there may be arranged differently on a node that was restarted, so it is not read either. A view or
     * trigger may have been made before the virtual table was, which only the compiled form shows.
     */
    private static boolean touchesShadowTable(StatementText text, StatementProfile profile, SchemaFacts schema) {
        if (schema.shadowTables().isEmpty()) {
            return false;
        } else if ((text.dml() || profile.changesSchema())
                && !Collections.disjoint(text.names(), schema.shadowTables())) {
            return true;
        }
        return !text.touchesEverything()
                && profile.roots().stream()
                        .map(schema.tables()::get)
                        .anyMatch(
                                table -> table != null && schema.shadowTables().contains(SqlTokenizer.lower(table)));
    }

    void schemaTouched() {
        schemaTouched = true;
    }

    boolean isSchemaTouched() {
        return schemaTouched;
    }

    void schemaSettled() {
        schemaTouched = false;
    }

    int schemaVersion() {
        return schemaVersion;
    }

    /**
     * Has SQLite read the schema and the statistics anew. What it holds in memory after changing them piece by piece,
     * or after taking a change back, may make it plan differently from a node that was just started (I3).
     */
    void reloadSchema() throws SQLException {
        discardAll();
        Connections.run(connection.sqlite(), "PRAGMA writable_schema=RESET");
    }

    void discardAll() {
        compiled.clear();
        facts = null;
        schemaVersion++;
    }
}
