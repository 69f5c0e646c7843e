package io.proxyd.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientBlockTest {
    @ParameterizedTest
    @CsvSource({
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "2001:db8:1:2::1, 2001:db8:1:2:ffff::9, true",
        "2001:db8:1:2::1, 2001:db8:1:3::1, false",
        "0.0.0.1, 0:0:0:1::, false",
    })
    void countsIpv4ByAddressAndIpv6ByThe64(String one, String other, boolean together) throws UnknownHostException {
        boolean equal = ClientBlock.of(InetAddress.getByName(one)).equals(ClientBlock.of(InetAddress.getByName(other)));
        assertThat(equal).isEqualTo(together);
    }
}
