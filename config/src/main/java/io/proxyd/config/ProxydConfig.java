package io.proxyd.config;

import java.util.List;
import java.util.Map;

/**
 * Everything the operator wrote, validated as a whole; immutable.
 *
 * @param services by name, in the order of the file
 * @param routes in the order of the file; precedence is decided by specificity, not by this order
 */
public record ProxydConfig(
        RuntimeConfig runtime,
        List<ListenerConfig> listeners,
        AdminConfig admin,
        RegistryConfig registry,
        EvidenceConfig evidence,
        Map<String, ServiceConfig> services,
        List<RouteConfig> routes,
        AccessLogConfig accessLog) {}
