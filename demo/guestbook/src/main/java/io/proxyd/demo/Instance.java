package io.proxyd.demo;

/**
 * Which of the guestbook's instances this is, as its pages tell.
 *
 * @param node the machine that it runs on
 */
record Instance(String name, String node) {}
