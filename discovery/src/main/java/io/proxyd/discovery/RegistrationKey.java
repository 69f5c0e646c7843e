package io.proxyd.discovery;

import java.util.regex.Pattern;

/**
 * The service and the backend a key below the prefix speaks of.
 *
 * <p>{@code <service>/<backend-id>}, or {@code <service>} alone for a service of one backend, whose id is then the name
 * of the service.
 */
record RegistrationKey(String service, String id) {
    private static final Pattern SERVICE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._:@-]{0,127}");

    static RegistrationKey parse(String key) throws Refusal {
        String[] segments = key.split("/", -1);
        if (segments.length > 2) {
            throw new Refusal("key has " + segments.length + " segments below the prefix, expected <service> or"
                    + " <service>/<backend-id>");
        }
        String service = segments[0];
        if (!SERVICE.matcher(service).matches()) {
            throw new Refusal("service in the key is " + Refusal.quoted(service)
                    + ", expected 1 to 128 letters, digits, or any of . _ - and neither . nor - in front");
        }
        if (segments.length == 1) {
            return new RegistrationKey(service, service);
        }
        String id = segments[1];
        if (!ID.matcher(id).matches()) {
            throw new Refusal("backend id in the key is " + Refusal.quoted(id)
                    + ", expected 1 to 128 letters, digits, or any of . _ : @ - and neither of . : @ - in front");
        }
        return new RegistrationKey(service, id);
    }
}
