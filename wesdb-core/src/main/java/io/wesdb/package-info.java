@NullMarked
package io.wesdb;

import org.jspecify.annotations.NullMarked;
