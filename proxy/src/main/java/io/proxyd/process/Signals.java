package io.proxyd.process;

import java.lang.reflect.Proxy;

/**
 * Signals to the process. The JDK's only way to them is {@code sun.misc.Signal} of the module {@code jdk.unsupported}, which the
 * compiler cannot be told to accept without a warning; so this class, and no other, goes there by reflection.
 */
public final class Signals {
    private static final String SIGNAL = "sun.misc.Signal";
    private static final String HANDLER = "sun.misc.SignalHandler";

    private Signals() {}

    /**
     * Runs the handler, on a thread of the JDK, each time the signal arrives, instead of what the JDK would do.
     *
     * @param name without SIG, such as HUP
     * @throws IllegalStateException if this JDK cannot do that
     */
    public static void on(String name, Runnable handler) {
        try {
            Class<?> signalType = Class.forName(SIGNAL);
            Class<?> handlerType = Class.forName(HANDLER);
            Object signal = signalType.getConstructor(String.class).newInstance(name);
            Object proxy = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(), new Class<?>[] {handlerType}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            handler.run();
                        }
                        return null;
                    });
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("this JDK lets nobody handle SIG" + name, e);
        }
    }
}
