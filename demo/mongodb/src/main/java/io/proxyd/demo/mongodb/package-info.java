/** A small database that speaks MongoDB's wire protocol and loses nothing that it acknowledged. */
@org.jspecify.annotations.NullMarked
package io.proxyd.demo.mongodb;
