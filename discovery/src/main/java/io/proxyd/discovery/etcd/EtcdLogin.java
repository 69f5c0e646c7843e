package io.proxyd.discovery.etcd;

import io.etcd.jetcd.api.AuthGrpc;
import io.etcd.jetcd.api.AuthenticateRequest;
import io.etcd.jetcd.api.AuthenticateResponse;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.proxyd.config.RegistryConfig.Login;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Sends a token with every call: logs in with user and password before the first one, and again after etcd said that a
 * token is too old.
 *
 * <p>In place of jetcd's own login, which fails while etcd's authentication is switched off, keeps the password and hides
 * why a login failed. The password file is read for each login. Any thread.
 */
final class EtcdLogin implements ClientInterceptor {
    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    private static final String SETTING = "registry.etcd.password-file";
    private static final String EXPECTED = "a password in its first line";
    private static final long LOGIN_SECONDS = 5;

    private final Login login;
    /** The headers that carry the token, or will; empty headers while etcd asks for none. */
    private final AtomicReference<@Nullable CompletableFuture<Metadata>> pass = new AtomicReference<>();

    EtcdLogin(Login login) {
        this.login = login;
    }

    @Override
    public <Q, A> ClientCall<Q, A> interceptCall(MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
        CompletableFuture<Metadata> shown = pass(next);
        ClientCall<Q, A> call = next.newCall(method, options.withCallCredentials(new Pass(shown)));
        return new SimpleForwardingClientCall<>(call) {
            @Override
            public void start(Listener<A> listener, Metadata headers) {
                super.start(
                        new SimpleForwardingClientCallListener<>(listener) {
                            @Override
                            public void onClose(Status status, Metadata trailers) {
                                if (!status.isOk() && EtcdFailures.isStaleLogin(status.asRuntimeException())) {
                                    pass.compareAndSet(shown, null);
                                }
                                super.onClose(status, trailers);
                            }
                        },
                        headers);
            }
        };
    }

    private CompletableFuture<Metadata> pass(Channel channel) {
        CompletableFuture<Metadata> present = pass.get();
        if (present != null) {
            return present;
        }
        CompletableFuture<Metadata> fresh = new CompletableFuture<>();
        if (!pass.compareAndSet(null, fresh)) {
            return pass(channel);
        }
        logIn(channel, fresh);
        return fresh;
    }

    private void logIn(Channel channel, CompletableFuture<Metadata> fresh) {
        AuthenticateRequest request;
        try {
            request = AuthenticateRequest.newBuilder()
                    .setName(login.user())
                    .setPassword(password())
                    .build();
        } catch (UnusableSecret unusable) {
            fail(fresh, Status.UNAUTHENTICATED.withDescription(unusable.reason()));
            return;
        }
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(LOGIN_SECONDS, TimeUnit.SECONDS);
        ClientCalls.asyncUnaryCall(
                channel.newCall(AuthGrpc.getAuthenticateMethod(), options), request, new StreamObserver<>() {
                    @Override
                    public void onNext(AuthenticateResponse answer) {
                        Metadata headers = new Metadata();
                        headers.put(TOKEN, answer.getToken());
                        fresh.complete(headers);
                    }

                    @Override
                    public void onError(Throwable failure) {
                        Status status = Status.fromThrowable(failure);
                        if (String.valueOf(status.getDescription()).contains("authentication is not enabled")) {
                            fresh.complete(new Metadata());
                        } else {
                            fail(fresh, status);
                        }
                    }

                    @Override
                    public void onCompleted() {
                        // The answer came before.
                    }
                });
    }

    /** The calls that wait fail; the next one logs in anew. */
    private void fail(CompletableFuture<Metadata> fresh, Status status) {
        pass.compareAndSet(fresh, null);
        // gRPC takes only some codes from credentials, and replaces the others together with what they say.
        Status told = status.getCode() == Status.Code.UNAVAILABLE
                ? status
                : Status.UNAUTHENTICATED
                        .withDescription("login of " + login.user() + " failed: "
                                + EtcdFailures.reason(status.asRuntimeException()))
                        .withCause(status.getCause());
        fresh.completeExceptionally(told.asRuntimeException());
    }

    private String password() {
        byte[] bytes = EtcdTls.read(SETTING, login.passwordFile(), EXPECTED);
        return new String(bytes, StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .filter(line -> !line.isEmpty())
                .orElseThrow(() -> new UnusableSecret(SETTING, login.passwordFile(), "is empty", EXPECTED));
    }

    /** Puts the token on one call once it is there. */
    private static final class Pass extends CallCredentials {
        private final CompletableFuture<Metadata> headers;

        Pass(CompletableFuture<Metadata> headers) {
            this.headers = headers;
        }

        @Override
        public void applyRequestMetadata(RequestInfo call, Executor executor, MetadataApplier applier) {
            CompletableFuture<Metadata> ignored = headers.whenComplete((found, failure) -> {
                if (failure == null) {
                    applier.apply(found);
                } else {
                    applier.fail(Status.fromThrowable(failure));
                }
            });
        }
    }
}
