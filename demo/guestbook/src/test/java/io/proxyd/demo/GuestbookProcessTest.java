package io.proxyd.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole processes, as an operator starts them. */
class GuestbookProcessTest {
    private final Path folder;

    private final List<Process> started = new ArrayList<>();

    GuestbookProcessTest(@TempDir Path folder) {
        this.folder = folder;
    }

    @AfterEach
    void endAll() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void instancesOfOneMachineShareTheirEntries() throws IOException {
        String data = folder.resolve("book").toString();
        int first = portOf(start("--name", "one", "--data", data));
        int second = portOf(start("--name", "two", "--data", data));

        try (RawClient writer = new RawClient(first);
                RawClient reader = new RawClient(second)) {
            assertThat(reader.get("/").response()).contains("Nobody has signed yet");
            assertThat(writer.post("/sign", "name=Ada&message=shared").response())
                    .startsWith("http/1.1 303 ");
            assertThat(reader.get("/").response()).contains("<b>two</b>", "shared");
        }
    }

    @Test
    void finishesAResponseWhenItIsTerminated() throws Exception {
        Process process = start("--delay", "2s");
        try (RawClient client = new RawClient(portOf(process))) {
            client.get("/healthz").response();
            client.get("/");
            process.destroy();

            assertThat(client.response()).startsWith("http/1.1 200 ").contains("</html>");
        }
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void saysWhyItCannotStart() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process = start("--port", String.valueOf(taken.getLocalPort()));

            assertThat(process.errorReader(StandardCharsets.UTF_8).lines().toList())
                    .singleElement()
                    .asString()
                    .contains(String.valueOf(taken.getLocalPort()), "already in use");
            assertThat(process.waitFor()).isEqualTo(1);
        }
    }

    @Test
    void refusesATimeItCannotRead() throws Exception {
        Process process = start("--delay", "soon");

        assertThat(process.errorReader(StandardCharsets.UTF_8).readLine()).contains("'soon'", "300ms");
        assertThat(process.waitFor()).isEqualTo(2);
    }

    private Process start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Guestbook.class.getName()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).start();
        started.add(process);
        return process;
    }

    private static int portOf(Process process) throws IOException {
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        assertThat(line).as("the line that says where it answers").isNotNull();
        return Integer.parseInt(line.replaceAll(".*:(\\d+)/", "$1"));
    }
}
