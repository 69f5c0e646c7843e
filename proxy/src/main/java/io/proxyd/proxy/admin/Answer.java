package io.proxyd.proxy.admin;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * What is sent back.
 *
 * @param body owned by whoever holds the answer
 */
record Answer(HttpResponseStatus status, String contentType, ByteBuf body) {}
