package io.wesdb.examples;

import io.wesdb.examples.NodeClient.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Everything that a user's tables hold in one node's file, as lines that can be compared. */
final class Dump {
    private static final String SCHEMA = "SELECT type, name, sql FROM sqlite_schema"
            + " WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND tbl_name NOT LIKE 'wesdb\\_%' ESCAPE '\\' ORDER BY type, name";

    private Dump() {}

    /** The schema and every row with its rowid, read from that node's own file once it has applied {@code index}. */
    static List<String> of(NodeClient node, long index) throws IOException, InterruptedException {
        List<String> lines = new ArrayList<>();
        Table schema = node.query(index, SCHEMA);
        for (List<?> object : schema.rows()) {
            lines.add("schema: " + object);
        }
        for (List<?> object : schema.rows()) {
            if ("table".equals(object.get(0))) {
                String table = "\"" + String.valueOf(object.get(1)).replace("\"", "\"\"") + "\"";
                for (List<?> row : node.query(index, "SELECT rowid, * FROM " + table + " ORDER BY rowid")
                        .rows()) {
                    lines.add(object.get(1) + ": " + row);
                }
            }
        }
        return lines;
    }
}
