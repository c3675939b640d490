@NullMarked
package io.wesdb.internal.http;

import org.jspecify.annotations.NullMarked;
