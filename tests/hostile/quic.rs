//! Datagrams in place of a conversation: HTTP/3 and UDP.

use std::io;
use std::net::UdpSocket;

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::server::Hostile;

const WEB: Victim = Victim {
    module: "{prober: http, http: {enable_http3: true, enable_http2: false, tls_config: {insecure_skip_verify: true}}}",
    target: "https://127.0.0.1:{port}/",
};
const UDP: Victim = Victim {
    module: "{prober: udp, udp: {query_response: [{send: hello}, {expect: '^never$'}]}}",
    target: "127.0.0.1:{port}",
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("http3: silence", WEB, &["timeout"], || Hostile::over_udp(|_, _| Ok(()))),
        trial("http3: the client's own datagram without end", WEB, &["timeout"], || {
            Hostile::over_udp(|datagram, socket| flood(socket, datagram))
        }),
        trial("http3: rubbish without end", WEB, &["timeout"], || {
            Hostile::over_udp(|_, socket| flood(socket, &[0xff; 1200]))
        }),
        trial("udp: datagrams without end", UDP, &["expectation", "limit", "timeout"], || {
            Hostile::over_udp(|_, socket| flood(socket, &[b'x'; 1200]))
        }),
    ]
}

/// Sends the same until nobody is there to receive it.
pub(crate) fn flood(socket: &UdpSocket, datagram: &[u8]) -> io::Result<()> {
    loop {
        socket.send(datagram)?;
    }
}
