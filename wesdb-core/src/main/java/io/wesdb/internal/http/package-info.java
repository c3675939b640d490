/**
 * The HTTP interface: one Netty listener, its routes, and JSON in and out. It knows the public API only.
 *
 * <p>How a request travels: {@code InboundMeter} counts its bytes, Netty's decoder makes it a request, {@code
 * HttpConnection} holds it to the bounds and its turn, {@code Routes} turns it into calls of {@link io.wesdb.WesDb} and
 * their outcomes into an {@code Answer}, and {@code HttpConnection} writes the answers in the order of the requests.
 * Event loop threads never wait for the database: what may block runs on the workers.
 */
@NullMarked
package io.wesdb.internal.http;

import org.jspecify.annotations.NullMarked;
