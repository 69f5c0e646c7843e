package io.proxyd.ctl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the operator reads when there is no proxyd. */
@Timeout(60)
class UnreachableTest {
    private static final String HINT = " (is it running? another address: --admin or PROXYCTL_ADMIN)";

    private final Path folder;

    UnreachableTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @Test
    void nobodyListensOnThePort() throws IOException {
        String admin = "http://127.0.0.1:" + closedPort();
        CommandRun run = CommandRun.of("backends", "--admin", admin);
        assertThat(run.out()).isEmpty();
        assertThat(run.err())
                .isEqualTo("proxyctl: proxyd does not answer at " + admin + ": connection refused" + HINT + "\n");
        assertThat(run.code()).isEqualTo(1);
    }

    @Test
    void everyCommandThatAsksProxydSaysSo() throws IOException {
        String admin = "http://127.0.0.1:" + closedPort();
        for (String command : new String[] {"backends", "registry", "ready"}) {
            CommandRun run = CommandRun.of(command, "--admin", admin);
            assertThat(run.err())
                    .startsWith("proxyctl: proxyd does not answer at " + admin)
                    .hasLineCount(1);
            assertThat(run.code()).isEqualTo(1);
        }
    }

    @Test
    void thereIsNoSuchSocket() {
        String admin = "unix:" + folder.resolve("admin.sock");
        assertThat(CommandRun.of("ready", "--admin", admin).err())
                .isEqualTo("proxyctl: proxyd does not answer at " + admin + ": there is no such socket" + HINT + "\n");
    }

    @Test
    void theSocketIsThatOfADeadProcess() throws IOException {
        Path path = folder.resolve("admin.sock");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(path))
                .close();
        assertThat(CommandRun.of("ready", "--admin", "unix:" + path).err())
                .isEqualTo("proxyctl: proxyd does not answer at unix:" + path + ": connection refused" + HINT + "\n");
    }

    @Test
    void theHostNameIsNotKnown() {
        assertThat(CommandRun.of("ready", "--admin", "http://nowhere.invalid:9901")
                        .err())
                .isEqualTo("proxyctl: proxyd does not answer at http://nowhere.invalid:9901: the host name"
                        + " nowhere.invalid is not known" + HINT + "\n");
    }

    @Test
    void somebodyElseListensThere() throws Exception {
        assertThat(answered("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<h1>Hello</h1>"))
                .isEqualTo("proxyctl: ADMIN is not proxyd's admin interface: it answers 200 OK to /api/v1/backends\n");
        assertThat(answered("HTTP/1.0 404 Not Found\r\n\r\n"))
                .isEqualTo(
                        "proxyctl: ADMIN is not proxyd's admin interface: it answers 404 Not Found to /api/v1/backends\n");
        assertThat(answered("SSH-2.0-OpenSSH_10.0\r\n"))
                .isEqualTo("proxyctl: proxyd does not answer at ADMIN: what listens there does not speak HTTP" + HINT
                        + "\n");
        assertThat(answered(""))
                .isEqualTo("proxyctl: proxyd does not answer at ADMIN: it closed the connection" + HINT + "\n");
    }

    @Test
    void anAnswerThatBreaksOffIsNotTaken() throws Exception {
        assertThat(
                        answered(
                                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"backends\": ["))
                .startsWith("proxyctl: the answer is not JSON: ")
                .hasLineCount(1);
        assertThat(answered("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[1, 2]"))
                .isEqualTo("proxyctl: the answer is not a JSON object\n");
        assertThat(answered("HTTP/1.1 500 Oops\r\nContent-Type: application/json\r\n\r\n{}"))
                .isEqualTo("proxyctl: proxyd answers with status 500\n");
    }

    @Test
    void anAnswerThatNeverComesEndsTheWait() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            AdminAddress address = AdminAddress.parse("http://127.0.0.1:" + silent.getLocalPort());
            assertThatThrownBy(() -> new AdminClient(address, Duration.ofMillis(50)).get("/ready"))
                    .isInstanceOf(CtlException.class)
                    .hasMessage("proxyd does not answer at " + address.text() + ": no answer within 50 ms" + HINT);
        }
    }

    /** What {@code proxyctl backends} says about that answer, with ADMIN for the address. */
    private static String answered(String answer) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread thread = new Thread(() -> answerOnce(server, answer));
            thread.start();
            String admin = "http://127.0.0.1:" + server.getLocalPort();
            CommandRun run = CommandRun.of("backends", "--admin", admin);
            thread.join();
            assertThat(run.code()).isEqualTo(1);
            assertThat(run.out()).isEmpty();
            return run.err().replace(admin, "ADMIN");
        }
    }

    private static void answerOnce(ServerSocket server, String answer) {
        try (Socket socket = server.accept()) {
            byte[] request = new byte[4096];
            int read = socket.getInputStream().read(request);
            assertThat(new String(request, 0, read, StandardCharsets.US_ASCII)).startsWith("GET ");
            socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int closedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
