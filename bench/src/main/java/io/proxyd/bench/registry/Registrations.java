package io.proxyd.bench.registry;

/**
 * Many backends in many services, all at one address.
 *
 * @param port of the one server that all of them are
 */
record Registrations(int services, int perService, int port) {
    int count() {
        return services * perService;
    }

    String key(int index) {
        return "/services/s" + index % services + "/b" + index / services;
    }

    /** @param serial makes each value another one, as a write that changes nothing leads to no table */
    String value(int weight, long serial) {
        return "{\"host\": \"127.0.0.1\", \"port\": " + port + ", \"weight\": " + weight
                + ", \"metadata\": {\"serial\": \"" + serial + "\"}}";
    }

    /** A configuration of proxyd that serves them all: {@code /s1/} goes to the second service and so on, all else to the first. */
    String configuration(String etcd, int listenPort, int adminPort) {
        StringBuilder yaml = new StringBuilder();
        yaml.append("listeners: [ { address: \"127.0.0.1:").append(listenPort).append("\" } ]\n");
        yaml.append("admin: { address: \"127.0.0.1:").append(adminPort).append("\" }\n");
        yaml.append("registry: { etcd: { endpoints: [ \"").append(etcd).append("\" ] } }\n");
        yaml.append("services:\n");
        for (int i = 0; i < services; i++) {
            yaml.append("  s").append(i).append(": { health-check: { type: none } }\n");
        }
        yaml.append("routes:\n");
        for (int i = 0; i < services; i++) {
            String path = i == 0 ? "/" : "/s" + i + "/";
            yaml.append("  - { path: ")
                    .append(path)
                    .append(", service: s")
                    .append(i)
                    .append(" }\n");
        }
        return yaml.toString();
    }
}
