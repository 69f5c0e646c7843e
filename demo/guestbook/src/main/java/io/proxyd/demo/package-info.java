@org.jspecify.annotations.NullMarked
package io.proxyd.demo;
