/** Programs that show wesdb at work, and the node program. They use the public API, or HTTP, and nothing else of wesdb. */
@NullMarked
package io.wesdb.examples;

import org.jspecify.annotations.NullMarked;
