package io.wesdb.internal.sqlite;

import io.wesdb.internal.sqlite.SqlTokenizer.Kind;
import io.wesdb.internal.sqlite.SqlTokenizer.Token;
import java.util.BitSet;
import java.util.List;

/**
 * What may not be put into the schema. What a view, a trigger or a virtual table reads is compiled when it is used only,
 * perhaps by a statement that was checked before, so it is refused by its text. Stateless.
 */
final class SchemaRules {
    /** The prefix of wesdb's own tables without its underscore, which a virtual table puts behind its name. */
    private static final String OWN_NAME =
            StatementRules.OWN_PREFIX.substring(0, StatementRules.OWN_PREFIX.length() - 1);

    private SchemaRules() {}

    /** Checks a CREATE or ALTER statement. */
    static void check(List<Token> tokens, BitSet places) {
        if (tokens.size() > 1 && (tokens.get(1).is("TEMP") || tokens.get(1).is("TEMPORARY"))) {
            throw StatementRules.refused(StatementRules.TEMP);
        }
        boolean virtual = isVirtualTable(tokens);
        if (virtual) {
            checkVirtualTable(tokens);
        }
        boolean compiledLater =
                tokens.size() > 1 && (tokens.get(1).is("VIEW") || tokens.get(1).is("TRIGGER"));
        for (int i = 0; i < tokens.size(); i++) {
            String name = tokens.get(i).lowerValue();
            if ((virtual || tokens.get(0).is("ALTER")) && places.get(i) && name.equals(OWN_NAME)) {
                throw StatementRules.refused(
                        "a virtual table called " + OWN_NAME + " would keep its content where wesdb's own tables are");
            }
            boolean source = (compiledLater && places.get(i))
                    || (virtual && tokens.get(i).kind() != Kind.OPERATOR);
            if (source && VirtualTableRules.isRefusedInSchema(name)) {
                throw StatementRules.refused(name + " differs from node to node, so a write may not use it");
            }
        }
    }

    static boolean isVirtualTable(List<Token> tokens) {
        return tokens.size() > 1 && tokens.get(0).is("CREATE") && tokens.get(1).is("VIRTUAL");
    }

    private static void checkVirtualTable(List<Token> tokens) {
        for (int i = 0; i + 1 < tokens.size(); i++) {
            Token token = tokens.get(i);
            Token next = tokens.get(i + 1);
            if (token.is("USING") && next.kind() != Kind.OPERATOR) {
                if (!VirtualTableRules.canBeCreated(next.lowerValue())) {
                    throw StatementRules.refused("no virtual table may be made with " + next.value());
                }
                checkArguments(tokens, i + 2);
                return;
            }
        }
    }

    /**
     * Full-text tables call these two functions for each text, which no rule sees: there are functions for it that
     * crash the process, and others that give another text on every node.
     */
    private static void checkArguments(List<Token> tokens, int from) {
        for (int i = from; i + 1 < tokens.size(); i++) {
            Token token = tokens.get(i);
            if ((token.is("compress") || token.is("uncompress"))
                    && tokens.get(i + 1).isOperator('=')) {
                throw StatementRules.refused("a virtual table's option " + token.text() + " is not allowed");
            }
        }
    }
}
