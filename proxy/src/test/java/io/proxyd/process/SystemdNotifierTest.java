package io.proxyd.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Told to a socket that stands for systemd's. */
class SystemdNotifierTest {
    private final String path;
    private final Socket systemd;

    SystemdNotifierTest(@TempDir Path folder) throws IOException {
        path = folder.resolve("notify").toString();
        io.netty.channel.epoll.Epoll.ensureAvailability();
        systemd = Socket.newSocketDomainDgram();
        systemd.bind(new DomainSocketAddress(path));
    }

    @AfterEach
    void close() throws IOException {
        systemd.close();
    }

    private String heard() throws IOException {
        return heard(systemd);
    }

    private static String heard(Socket socket) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
        int length = socket.read(buffer, 0, buffer.capacity());
        byte[] text = new byte[Math.max(0, length)];
        buffer.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    @Test
    void tellsEachStateInOneDatagram() throws IOException {
        try (SystemdNotifier notifier = new SystemdNotifier(Map.of("NOTIFY_SOCKET", path))) {
            notifier.ready("serving: no backend yet");
            notifier.alive();
            notifier.stopping(Duration.ofSeconds(45));
        }
        assertThat(heard()).isEqualTo("READY=1\nSTATUS=serving: no backend yet");
        assertThat(heard()).isEqualTo("WATCHDOG=1");
        assertThat(heard()).isEqualTo("STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=45000000");
    }

    @Test
    void tellsAStatusOnceUntilItChanges() throws IOException {
        try (SystemdNotifier notifier = new SystemdNotifier(Map.of("NOTIFY_SOCKET", path))) {
            notifier.status("one");
            notifier.status("one");
            notifier.status("two");
        }
        assertThat(heard()).isEqualTo("STATUS=one");
        assertThat(heard()).isEqualTo("STATUS=two");
    }

    @Test
    void theWatchdogIsThatOfThisProcessAlone() {
        String me = Long.toString(ProcessHandle.current().pid());
        assertThat(new SystemdNotifier(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", me)).watchdog())
                .contains(Duration.ofSeconds(30));
        assertThat(new SystemdNotifier(Map.of("WATCHDOG_USEC", "30000000", "WATCHDOG_PID", me + "0")).watchdog())
                .isEmpty();
        assertThat(new SystemdNotifier(Map.of()).watchdog()).isEmpty();
    }

    @Test
    void tellsAgainOnceTheSocketIsBackAfterAFailure(@TempDir Path folder) throws IOException {
        String late = folder.resolve("late").toString();
        try (SystemdNotifier notifier = new SystemdNotifier(Map.of("NOTIFY_SOCKET", late))) {
            notifier.status("one");
            Socket back = Socket.newSocketDomainDgram();
            try {
                back.bind(new DomainSocketAddress(late));
                notifier.status("one");
                notifier.alive();
                assertThat(heard(back)).isEqualTo("STATUS=one");
                assertThat(heard(back)).isEqualTo("WATCHDOG=1");
            } finally {
                back.close();
            }
        }
    }

    @Test
    void aSocketThatIsNotThereIsSurvived() {
        try (SystemdNotifier notifier = new SystemdNotifier(Map.of("NOTIFY_SOCKET", path + "-not-there"))) {
            notifier.ready("serving");
            notifier.alive();
            assertThat(notifier.asked()).isTrue();
        }
    }
}
