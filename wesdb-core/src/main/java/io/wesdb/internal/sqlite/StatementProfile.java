package io.wesdb.internal.sqlite;

import java.sql.SQLException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.sqlite.SQLiteConnection;

/**
 * What a statement does according to its compiled form, the programs of its triggers included, as EXPLAIN shows it
 * (https://sqlite.org/opcode.html). Valid for one version of the schema, on one connection. Immutable.
 *
 * @param writes whether it changes the database or its file
 * @param touchesTemp whether it uses the TEMP database
 * @param roots the root pages it opens, empties or destroys
 * @param writtenRoots those of them that it opens for writing
 * @param changesSchema whether it changes the schema or the statistics
 * @param changesStatistics whether it may change the statistics without changing the schema
 * @param insertsRow whether it itself, not a trigger, inserts rows that have a rowid
 * @param insertedRoot the table that it itself inserts such rows into; 0 for none and for virtual tables
 * @param chosenRowIdRoots the tables for whose rows SQLite chooses a rowid, at random if the largest is taken
 * @param autoIncrementRoots the tables for whose rows SQLite chooses a rowid by AUTOINCREMENT
 * @param writesVirtually whether it writes to a virtual table
 * @param insertsVirtually whether it may put rows into a virtual table, for which the module lets SQLite choose rowids
 * @param runsPrograms whether it may run triggers or actions of foreign keys
 * @param pureDatesOnly whether it calls date functions, and all of them in an index, generated column or CHECK
 * @param callsDates whether it calls date functions at all
 * @param virtualTables the virtual tables that it opens, as this connection knows them
 * @param functions the SQL functions that it calls, by name
 * @param failsCleanly whether nothing can fail once it has begun to write, so that no savepoint is needed around it
 */
record StatementProfile(
        boolean writes,
        boolean touchesTemp,
        Set<Integer> roots,
        Set<Integer> writtenRoots,
        boolean changesSchema,
        boolean changesStatistics,
        boolean insertsRow,
        int insertedRoot,
        Set<Integer> chosenRowIdRoots,
        Set<Integer> autoIncrementRoots,
        boolean writesVirtually,
        boolean insertsVirtually,
        boolean runsPrograms,
        boolean pureDatesOnly,
        boolean callsDates,
        Set<String> virtualTables,
        Set<String> functions,
        boolean failsCleanly) {

    /** Compiles {@code sql}, which the rules must have passed already: some pragmas act while they are compiled. */
    static StatementProfile of(SQLiteConnection connection, String sql) throws SQLException {
        try (NativeStatement explain = NativeStatement.prepare(connection, "EXPLAIN " + sql)) {
            Reader reader = new Reader();
            boolean row = explain.execute();
            while (row) {
                reader.instruction(new Instruction(
                        explain.integer(0),
                        String.valueOf(explain.value(1)),
                        explain.integer(2),
                        explain.integer(3),
                        explain.integer(4),
                        String.valueOf(explain.value(5)),
                        explain.integer(6)));
                row = explain.step();
            }
            return reader.profile();
        }
    }

    private record Instruction(long address, String opcode, long p1, long p2, long p3, String p4, long p5) {}

    private static final class Reader {
        private static final int LAST_ROWID_FLAG = 0x20;
        private static final int P2_IS_REGISTER_FLAG = 0x10;
        private static final int SCHEMA_COOKIE = 1;

        private boolean writes;
        private boolean touchesTemp;
        private final Set<Integer> roots = new HashSet<>();
        private final Set<Integer> writtenRoots = new HashSet<>();
        private boolean changesSchema;
        private boolean changesStatistics;
        private boolean insertsRow;
        private int insertedRoot;
        private final Set<Integer> chosenRowIdRoots = new HashSet<>();
        private final Set<Integer> autoIncrementRoots = new HashSet<>();
        private boolean writesVirtually;
        private boolean insertsVirtually;
        private boolean pureDates;
        private boolean otherDates;
        private final Set<String> virtualTables = new HashSet<>();
        private final Set<String> functions = new HashSet<>();
        private int programs;
        private boolean wrote;
        private boolean mayFailDirty;
        /** The tables that the current program's cursors are on. */
        private final Map<Long, Integer> cursors = new HashMap<>();

        void instruction(Instruction i) {
            if (i.address() == 0) {
                programs++;
                cursors.clear();
            }
            switch (i.opcode()) {
                case "Transaction" -> {
                    writes |= i.p2() != 0;
                    touchesTemp |= i.p1() == 1;
                }
                case "JournalMode", "Checkpoint", "Vacuum", "IncrVacuum" -> writes = true;
                case "OpenRead", "OpenWrite", "ReopenIdx" -> open(i);
                case "Clear" -> root(i.p1(), true);
                case "Destroy" -> {
                    root(i.p1(), true);
                    changesSchema = true;
                }
                case "ParseSchema", "DropTable", "DropIndex", "DropTrigger", "VCreate", "VDestroy", "VRename" ->
                    changesSchema = true;
                case "LoadAnalysis", "SqlExec" -> {
                    changesSchema = true;
                    changesStatistics = true;
                }
                case "SetCookie" -> changesSchema |= i.p2() == SCHEMA_COOKIE;
                case "Insert" -> insert(i);
                case "VUpdate" -> {
                    insertsRow |= programs == 1 && i.p1() == 1;
                    writesVirtually = true;
                    insertsVirtually |= i.p2() > 1; // with one operand it deletes
                    virtualTables.add(i.p4());
                }
                case "VOpen", "VBegin" -> virtualTables.add(i.p4());
                case "NewRowid" -> newRowId(i);
                case "Function" -> {
                    otherDates |= isDate(i.p4());
                    functions.add(functionName(i.p4()));
                }
                case "PureFunc" -> {
                    pureDates |= isDate(i.p4());
                    functions.add(functionName(i.p4()));
                }
                default -> {}
            }
            followFailures(i);
        }

        private void open(Instruction i) {
            if (i.p3() == 1) {
                touchesTemp = true;
            } else if ((i.p5() & P2_IS_REGISTER_FLAG) == 0) {
                root(i.p2(), i.opcode().equals("OpenWrite"));
                cursors.put(i.p1(), (int) i.p2());
            }
        }

        private void insert(Instruction i) {
            if (programs == 1 && (i.p5() & LAST_ROWID_FLAG) != 0) {
                insertsRow = true;
                insertedRoot = cursors.getOrDefault(i.p1(), 0);
            }
        }

        private void root(long page, boolean written) {
            roots.add((int) page);
            if (written) {
                writtenRoots.add((int) page);
            }
        }

        /** With AUTOINCREMENT (p3 set) SQLite gives up at the largest rowid instead of choosing at random. */
        private void newRowId(Instruction i) {
            Integer root = cursors.get(i.p1());
            if (root != null) {
                (i.p3() == 0 ? chosenRowIdRoots : autoIncrementRoots).add(root);
            }
        }

        /** The operand is {@code name(number of arguments)}. */
        private static String functionName(String p4) {
            int end = p4.indexOf('(');
            return end < 0 ? p4 : p4.substring(0, end);
        }

        private static boolean isDate(String p4) {
            String name = functionName(p4);
            return DateFunctions.isName(name)
                    || DateFunctions.currentFunctions().containsKey(name);
        }

        /**
         * SQLite backs out a statement that fails, but not with FAIL or ROLLBACK, and not always when a function fails
         * between two writes. A program that runs straight on, with nothing that can fail behind its first write, is
         * beyond doubt; for all others a savepoint is set.
         */
        private void followFailures(Instruction i) {
            boolean start = i.opcode().equals("Goto") && i.p2() == 1;
            boolean jumpsBack = i.p2() > 0 && i.p2() <= i.address() && isJump(i.opcode()) && !start;
            mayFailDirty |= programs > 1 || jumpsBack;
            switch (i.opcode()) {
                case "Insert", "IdxInsert", "Delete", "IdxDelete" -> wrote = true;
                case "Halt", "HaltIfNull" -> mayFailDirty |= i.p1() != 0 && (wrote || i.p2() != 2);
                case "Init",
                        "Goto",
                        "Transaction",
                        "OpenRead",
                        "OpenWrite",
                        "Noop",
                        "Null",
                        "SoftNull",
                        "Integer",
                        "Int64",
                        "Real",
                        "String8",
                        "Blob",
                        "Variable",
                        "Copy",
                        "SCopy",
                        "IntCopy",
                        "Rowid",
                        "IdxRowid",
                        "Column",
                        "MakeRecord",
                        "NewRowid",
                        "NoConflict",
                        "NotExists",
                        "SeekRowid",
                        "IsNull",
                        "NotNull",
                        "If",
                        "IfNot",
                        "Eq",
                        "Ne",
                        "Lt",
                        "Le",
                        "Gt",
                        "Ge",
                        "Close",
                        "Found",
                        "NotFound",
                        "IdxGE",
                        "IdxGT",
                        "IdxLE",
                        "IdxLT",
                        "SeekGE",
                        "ResultRow",
                        "RealAffinity" -> {}
                case "Affinity",
                        "TypeCheck",
                        "MustBeInt",
                        "Function",
                        "PureFunc",
                        "Cast",
                        "Once",
                        "Add",
                        "Subtract",
                        "Multiply",
                        "Divide",
                        "Concat" -> mayFailDirty |= wrote;
                default -> mayFailDirty = true;
            }
        }

        private static boolean isJump(String opcode) {
            return switch (opcode) {
                case "Goto",
                        "NoConflict",
                        "NotExists",
                        "SeekRowid",
                        "IsNull",
                        "NotNull",
                        "If",
                        "IfNot",
                        "Eq",
                        "Ne",
                        "Lt",
                        "Le",
                        "Gt",
                        "Ge",
                        "Found",
                        "NotFound",
                        "IdxGE",
                        "IdxGT",
                        "IdxLE",
                        "IdxLT",
                        "SeekGE",
                        "MustBeInt",
                        "Once" -> true;
                default -> false;
            };
        }

        StatementProfile profile() {
            return new StatementProfile(
                    writes,
                    touchesTemp,
                    Set.copyOf(roots),
                    Set.copyOf(writtenRoots),
                    changesSchema,
                    changesStatistics,
                    insertsRow,
                    insertedRoot,
                    Set.copyOf(chosenRowIdRoots),
                    Set.copyOf(autoIncrementRoots),
                    writesVirtually,
                    insertsVirtually,
                    programs > 1,
                    pureDates && !otherDates,
                    pureDates || otherDates,
                    Set.copyOf(virtualTables),
                    Set.copyOf(functions),
                    !mayFailDirty);
        }
    }
}
