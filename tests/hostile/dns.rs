//! Name servers that answer what was not asked, lie about what they send, or do not come to an end.

use std::io::{self, Read, Write};

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::quic::flood;
use super::server::{Hostile, drip_forever, read_forever, write_forever};

const UDP: Victim = victim("{prober: dns, dns: {query_name: example.test, query_type: A}}");
const TCP: Victim =
    victim("{prober: dns, dns: {transport_protocol: tcp, query_name: example.test, query_type: A}}");
const RETRY: Victim =
    victim("{prober: dns, dns: {retry_over_tcp: true, query_name: example.test, query_type: A}}");

/// The length of a header (RFC 1035 section 4.1.1).
const HEADER: usize = 12;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("dns: silence", UDP, &["timeout"], || Hostile::over_udp(|_, _| Ok(()))),
        trial("dns: a name that points to itself", UDP, &["protocol"], || {
            answering(|query| {
                let itself = 0xc000 | query.len() as u16;
                answer(query, 1, &[&itself.to_be_bytes(), RECORD])
            })
        }),
        trial("dns: names that point to each other", UDP, &["protocol"], || {
            answering(|query| {
                let first = query.len() as u16;
                let names = [0xc000 | (first + 2), 0xc000 | first].map(u16::to_be_bytes);
                answer(query, 1, &[&names[0], &names[1], RECORD])
            })
        }),
        // As in the reference exporter, counts say how many records there are at most.
        trial("dns: more records than there are bytes", UDP, &["success"], || {
            answering(|query| answer(query, u16::MAX, &[b"\xc0\x0c", RECORD]))
        }),
        trial("dns: a record longer than its message", UDP, &["protocol"], || {
            answering(|query| answer(query, 1, &[b"\xc0\x0c", &RECORD[..8], b"\xff\xff", b"\x7f\0\0\x01"]))
        }),
        trial("dns: a header cut short", UDP, &["protocol"], || {
            answering(|query| query[..HEADER - 1].to_vec())
        }),
        trial("dns: the query itself", UDP, &["protocol"], || answering(<[u8]>::to_vec)),
        trial("dns: a flood of answers to somebody else", UDP, &["timeout"], || {
            Hostile::over_udp(|query, socket| {
                let mut stranger = answer(query, 1, &[b"\xc0\x0c", RECORD]);
                stranger[0] ^= 0x55;
                flood(socket, &stranger)
            })
        }),
        trial("dns: a flood of answers to another question", UDP, &["protocol"], || {
            Hostile::over_udp(|query, socket| {
                let mut other = answer(query, 1, &[b"\xc0\x0c", RECORD]);
                other[HEADER + 1] ^= 0x01;
                flood(socket, &other)
            })
        }),
        trial("dns: a truncated answer, and nobody there over TCP", RETRY, &["connect"], || {
            answering(|query| {
                let mut truncated = answer(query, 0, &[]);
                truncated[2] |= 0x02;
                truncated
            })
        }),
        trial("dns: silence over TCP", TCP, &["timeout"], || {
            Hostile::new(|mut stream, _| read_forever(&mut stream))
        }),
        trial("dns: empty messages without end", TCP, &["protocol"], || {
            Hostile::new(|mut stream, _| write_forever(&mut stream, &[0, 0]))
        }),
        trial("dns: the longest message a byte at a time", TCP, &["timeout"], || {
            Hostile::new(|mut stream, _| {
                stream.write_all(&[0xff, 0xff])?;
                drip_forever(&mut stream, &[0])
            })
        }),
        trial("dns: answers to somebody else without end", TCP, &["protocol"], || {
            Hostile::new(|mut stream, _| {
                let query = read_query(&mut stream)?;
                let mut stranger = answer(&query, 1, &[b"\xc0\x0c", RECORD]);
                stranger[0] ^= 0x55;
                let framed = [&(stranger.len() as u16).to_be_bytes(), &stranger[..]].concat();
                write_forever(&mut stream, &framed)
            })
        }),
    ]
}

const fn victim(module: &'static str) -> Victim {
    Victim { module, target: "127.0.0.1:{port}" }
}

/// Type A, class IN, a time to live, four bytes of data: what follows the name of a record.
const RECORD: &[u8] = &[0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1];

/// Answers one datagram with another.
fn answering(answer: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static) -> Hostile {
    Hostile::over_udp(move |query, socket| socket.send(&answer(query)).map(|_| ()))
}

/// The query turned into an answer that promises so many records, with these bytes behind the question.
fn answer(query: &[u8], records: u16, behind: &[&[u8]]) -> Vec<u8> {
    let mut answer = query.to_vec();
    answer[2..4].copy_from_slice(&[0x85, 0]);
    answer[6..8].copy_from_slice(&records.to_be_bytes());
    answer[8..12].fill(0);
    for bytes in behind {
        answer.extend_from_slice(bytes);
    }
    answer
}

/// A query over TCP, without its length (RFC 1035 section 4.2.2).
fn read_query(stream: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut query = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut query)?;
    Ok(query)
}
