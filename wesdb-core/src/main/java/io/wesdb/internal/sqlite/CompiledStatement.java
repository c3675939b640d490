package io.wesdb.internal.sqlite;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A statement ready to be executed under one version of the schema, and what it is known to do. */
record CompiledStatement(
        NativeStatement statement,
        StatementProfile profile,
        List<String> columns,
        @Nullable String refusal) {}
