package io.wesdb.internal.http;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.StringReader;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** How JSON is read and written here: strictly, and without state shared beyond one listener. Thread safe. */
final class Json {
    private static final int MAX_DEPTH = 16;
    private static final int MAX_NUMBER_LENGTH = 1_000;
    private static final int POOLED_BUFFERS = 16;

    /** A body up to this is decoded at once; a reader would take a buffer of its own size for each. */
    private static final int DECODED_AT_ONCE = 16 * 1024;

    private final JsonFactory factory;

    Json() {
        this.factory = new JsonFactoryBuilder()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                // Names of parameters are the clients': neither interned in the JVM nor kept in a shared table.
                .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .recyclerPool(JsonRecyclerPools.newBoundedPool(POOLED_BUFFERS))
                .rootValueSeparator("\n")
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(MAX_DEPTH)
                        .maxNumberLength(MAX_NUMBER_LENGTH)
                        // The body's bound is the bound.
                        .maxStringLength(Integer.MAX_VALUE)
                        .build())
                .build();
    }

    /** Reads UTF-8 and nothing else; the decoder of the JDK refuses what Jackson's own would let through. */
    JsonParser parser(ByteBuf body) throws IOException {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        int length = body.readableBytes();
        if (length > DECODED_AT_ONCE) {
            return factory.createParser(new InputStreamReader(new ByteBufInputStream(body), decoder));
        }
        CharBuffer text = decoder.decode(body.nioBuffer());
        body.skipBytes(length);
        return factory.createParser(text.array(), text.arrayOffset() + text.position(), text.remaining());
    }

    JsonParser parser(String text) throws IOException {
        return factory.createParser(new StringReader(text));
    }

    /** To be closed, which flushes it. */
    JsonGenerator generator(OutputStream out) throws IOException {
        return factory.createGenerator(out);
    }
}
