//! A host that answers echo requests in its own way: twice, in the wrong order, late, from elsewhere, with lies.
//!
//! `probe-agent respond ADDRESS way=WORD`; the kernel must be told to ignore echo requests. Prints `ready`.

use std::net::IpAddr;

use super::arguments::Arguments;
use super::packets::{RawSocket, Request, checksum};

pub(crate) fn run(arguments: &Arguments) {
    let address: IpAddr = arguments.target().parse().expect("an address");
    let answers = RawSocket::bound(address);
    let way = arguments.text("way").expect("a way to answer");
    let elsewhere =
        arguments.text("elsewhere").map(|text| RawSocket::bound(text.parse().expect("an address")));
    let mut held: Option<Request> = None;
    println!("ready");
    loop {
        let request = answers.next_request();
        let to = request.from;
        match way {
            "again" => {
                // A copy of the answer before, then the answer.
                if let Some(earlier) = held.replace(request.clone()) {
                    answers.send(&earlier.reply(), to);
                }
                answers.send(&request.reply(), to);
            }
            "swapped" => match held.take() {
                Some(earlier) => {
                    answers.send(&request.reply(), to);
                    answers.send(&earlier.reply(), to);
                }
                None => held = Some(request),
            },
            "late" => {
                if let Some(earlier) = held.replace(request) {
                    answers.send(&earlier.reply(), to);
                }
            }
            "elsewhere" => elsewhere.as_ref().expect("elsewhere=ADDRESS").send(&request.reply(), to),
            "forged" => forgeries(&request).iter().for_each(|forgery| answers.send(forgery, to)),
            "blind" => guesses(&request).for_each(|guess| answers.send(&guess, to)),
            "slander" => {
                answers.send(&slander(&request, address), to);
                answers.send(&request.reply(), to);
            }
            "storm" => {
                (0..3).for_each(|_| answers.send(&slander(&request, address), to));
                answers.send(&request.reply(), to);
            }
            "redirect" => {
                for notice in [redirect(&request, address), source_quench(&request, address)] {
                    answers.send(&notice, to);
                }
                answers.send(&request.reply(), to);
            }
            "unreachable" => answers.send(&unreachable(&request.message, to, address), to),
            other => panic!("no such way: {other:?}"),
        }
    }
}

/// What somebody sends who knows identifier and sequence number, but not the payload. Five of them have both right.
fn forgeries(request: &Request) -> Vec<Vec<u8>> {
    let genuine = request.reply();
    let mut one_bit = genuine.clone();
    one_bit[8] ^= 1;
    let mut zeros = genuine.clone();
    zeros[8..].fill(0);
    let longer = [&genuine[..], &[0; 4]].concat();
    let mut other_sequence = genuine.clone();
    other_sequence[6] ^= 0x55;
    let mut other_identifier = genuine.clone();
    other_identifier[4] ^= 0x55;
    let (shorter, empty) = (genuine[..genuine.len() - 1].to_vec(), genuine[..8].to_vec());
    vec![one_bit, zeros, shorter, longer, empty, other_sequence, other_identifier]
}

/// What somebody sends who knows nothing: every identifier, with the sequence number of a first packet.
fn guesses(request: &Request) -> impl Iterator<Item = Vec<u8>> {
    let kind = request.reply()[0];
    (0..=u16::MAX).map(move |identifier| {
        let mut guess = vec![kind, 0, 0, 0];
        guess.extend(identifier.to_be_bytes());
        guess.extend([0, 1]);
        guess.extend(0..56_u8);
        guess
    })
}

/// An error that quotes the request with a payload that was guessed.
fn slander(request: &Request, own: IpAddr) -> Vec<u8> {
    let mut quoted = request.message.clone();
    quoted[8..16].fill(b'?');
    unreachable(&quoted, request.from, own)
}

/// "Port unreachable" quoting `message`.
fn unreachable(message: &[u8], from: IpAddr, own: IpAddr) -> Vec<u8> {
    let head = if own.is_ipv6() { [1, 4, 0, 0, 0, 0, 0, 0] } else { [3, 3, 0, 0, 0, 0, 0, 0] };
    [&head[..], &quote(message, from, own)].concat()
}

/// "There is a better router", which is the responder's neighbour. IPv4 only.
fn redirect(request: &Request, own: IpAddr) -> Vec<u8> {
    [&[5, 1, 0, 0, 198, 18, 0, 77][..], &quote(&request.message, request.from, own)].concat()
}

/// "Slow down". IPv4 only; obsolete, and still no failure.
fn source_quench(request: &Request, own: IpAddr) -> Vec<u8> {
    [&[4, 0, 0, 0, 0, 0, 0, 0][..], &quote(&request.message, request.from, own)].concat()
}

/// The packet that carried `message`, as a router would quote it.
fn quote(message: &[u8], from: IpAddr, to: IpAddr) -> Vec<u8> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let length = (20 + message.len() as u16).to_be_bytes();
            let mut header = vec![0x45, 0, length[0], length[1], 0, 0, 0, 0, 64, 1, 0, 0];
            header.extend(from.octets());
            header.extend(to.octets());
            let sum = checksum(&header).to_be_bytes();
            header[10..12].copy_from_slice(&sum);
            [&header[..], message].concat()
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            let length = (message.len() as u16).to_be_bytes();
            let mut header = vec![0x60, 0, 0, 0, length[0], length[1], 58, 64];
            header.extend(from.octets());
            header.extend(to.octets());
            [&header[..], message].concat()
        }
        _ => panic!("{from} and {to} are of different families"),
    }
}
