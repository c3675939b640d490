package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.CommandOutcome.Kind;
import io.wesdb.internal.sqlite.CommandRunner.RefusedException;
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
        NativeStatement statement = connection.prepare(text.sql());
        List<String> columns = text.dml() || !profile.writes() ? statement.columns() : List.of();
        CompiledStatement made = new CompiledStatement(statement, profile, columns);
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

    /** Refuses by the compiled form what the rules could not see in the text. */
    void check(StatementText text, StatementProfile profile) throws SQLException, RefusedException {
        SchemaFacts schema = facts();
        if (profile.touchesTemp() && !text.looksAtTemp()) {
            throw refused("TEMP objects are not allowed: they would exist on one node only");
        } else if (!text.touchesEverything() && !Collections.disjoint(profile.roots(), schema.ownRoots())) {
            throw refused("names starting with " + StatementRules.OWN_PREFIX + " are reserved");
        } else if (text.dml() && !Collections.disjoint(profile.writtenRoots(), schema.statisticsRoots())) {
            throw refused("the statistics are written by ANALYZE only");
        } else if ((text.dml() || profile.changesSchema())
                && !Collections.disjoint(text.names(), schema.shadowTables())) {
            throw refused("a virtual table keeps its content there: use the virtual table itself");
        } else if (profile.usesVirtualTable() && text.nodeLocalText()) {
            throw refused("a virtual table of the node's own may not be used in a write");
        }
    }

    private static RefusedException refused(String message) {
        return new RefusedException(Kind.SQL_ERROR, message, 0);
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
