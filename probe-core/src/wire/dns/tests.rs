//! Messages and records: literal bytes in, values out. The texts of `records.golden` come from the reference exporter.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const GOLDEN: &str = include_str!("records.golden");

/// An answer to "example.test. IN A?" with id 0x1234: one CNAME, one A, both by pointers; one NS in the authority
/// section; an OPT record with the upper bits of the response code set to 1. Made by hand after RFC 1035 section 4.
#[rustfmt::skip]
const ANSWER: &[u8] = &[
    0x12, 0x34, 0x87, 0x83, 0, 1, 0, 2, 0, 1, 0, 1,
    7, b'e', b'x', b'a', b'm', b'p', b'l', b'e', 4, b't', b'e', b's', b't', 0, 0, 1, 0, 1,
    0xc0, 12, 0, 5, 0, 1, 0, 0, 1, 0x2c, 0, 6, 3, b'w', b'w', b'w', 0xc0, 12,
    0xc0, 42, 0, 1, 0, 1, 0x7f, 0xff, 0xff, 0xff, 0, 4, 192, 0, 2, 1,
    0xc0, 20, 0, 2, 0, 1, 0, 0, 0, 0, 0, 2, 0xc0, 42,
    0, 0, 41, 4, 0xd0, 1, 0, 0, 0, 0, 0,
];

/// The query for it.
#[rustfmt::skip]
const QUERY: &[u8] = &[
    0x12, 0x34, 0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0,
    7, b'e', b'x', b'a', b'm', b'p', b'l', b'e', 4, b't', b'e', b's', b't', 0, 0, 1, 0, 1,
];

fn query() -> Query {
    Query {
        id: 0x1234,
        name: "example.test".parse().expect("a name"),
        kind: RecordType(1),
        class: Class::IN,
        recursion_desired: true,
        edns_udp_size: None,
    }
}

fn texts(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.text.as_str()).collect()
}

/// A message with one record in its answer section, and a byte after it.
fn message_with(kind: u16, class: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0];
    bytes.extend_from_slice(b"\x01q\x04test\0\0\xff\0\x01");
    bytes.extend_from_slice(if kind == 41 { b"\0" } else { b"\x05owner\x04test\0" });
    bytes.extend_from_slice(&kind.to_be_bytes());
    bytes.extend_from_slice(&class.to_be_bytes());
    bytes.extend_from_slice(&ttl.to_be_bytes());
    bytes.extend_from_slice(&(data.len() as u16).to_be_bytes());
    bytes.extend_from_slice(data);
    bytes.push(0xaa);
    bytes
}

fn text_of(kind: u16, data: &[u8]) -> Result<String, DnsError> {
    Message::parse(&message_with(kind, 1, 300, data)).map(|message| message.answer[0].text.clone())
}

/// Type, class, time to live, data and text of every golden record; no text for a refused one.
fn golden() -> impl Iterator<Item = (u16, u16, u32, Vec<u8>, Option<String>)> {
    GOLDEN.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next().expect("five words");
        let (kind, class, ttl) = (word(), word(), word());
        let (data, text) = (word(), word());
        (
            kind.parse().expect("a type"),
            class.parse().expect("a class"),
            ttl.parse().expect("a time to live"),
            bytes_of(data),
            (text != "!").then(|| text.replace('→', "\t").replace('⏎', "\n")),
        )
    })
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let digits = digits.trim_matches('-').as_bytes();
    let digit = |digit: u8| char::from(digit).to_digit(16).expect("a hexadecimal digit") as u8;
    digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

#[test]
fn query_is_these_bytes() {
    assert_eq!(query().emit(), QUERY);
    let quiet = Query { recursion_desired: false, ..query() };
    assert_eq!(quiet.emit()[2..4], [0, 0]);
}

#[test]
fn query_with_edns_has_one_more_record() {
    let bytes = Query { edns_udp_size: Some(1232), ..query() }.emit();
    assert_eq!(bytes[10..12], [0, 1]);
    assert_eq!(bytes[QUERY.len()..], [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn answer_has_its_sections() {
    let message = Message::parse(ANSWER).expect("a message");
    assert_eq!((message.id, message.is_response, message.is_truncated), (0x1234, true, true));
    assert_eq!(message.rcode, Rcode(0x13), "the lower bits are 3, EDNS adds 1 above them");
    assert_eq!(
        message.questions,
        [Question { name: "example.test.".into(), kind: RecordType(1), class: Class::IN }]
    );
    assert_eq!(
        texts(&message.answer),
        [
            "example.test.\t300\tIN\tCNAME\twww.example.test.",
            "www.example.test.\t2147483647\tIN\tA\t192.0.2.1"
        ]
    );
    assert_eq!(texts(&message.authority), ["test.\t0\tIN\tNS\twww.example.test."]);
    assert_eq!(texts(&message.additional), ["\n;; OPT PSEUDOSECTION:\n; EDNS: version 0; flags:; udp: 1232"]);
    assert_eq!(query().check(&message), Ok(()));
}

#[test]
fn records_read_as_the_reference_exporter_prints_them() {
    let mut seen = 0;
    for (kind, class, ttl, data, expected) in golden() {
        let parsed = Message::parse(&message_with(kind, class, ttl, &data));
        let text = parsed.as_ref().ok().map(|message| message.answer[0].text.clone());
        assert_eq!(text, expected, "type {kind}, data {data:02x?}: {parsed:?}");
        seen += 1;
    }
    assert!(seen > 400, "only {seen} records were read");
}

#[test]
fn octets_that_are_printed_raw_become_text() {
    assert_eq!(
        text_of(10, b"a\x00\xff\xfe\xc3\xa9").as_deref(),
        Ok(";owner.test.\t300\tIN\tNULL\ta\0\u{fffd}\u{fffd}é")
    );
    let edns =
        |option: &[u8]| text_of(41, option).map(|text| text.rsplit('\n').next().unwrap_or("").to_owned());
    assert_eq!(edns(b"\0\x03\0\x02\xff(").as_deref(), Ok("; NSID: ff28  (ÿ)(()"));
    assert_eq!(edns(b"\0\x04\0\x01\xff").as_deref(), Ok("; ESU: \u{fffd}"));
    assert_eq!(edns(b"\0\x0f\0\x03\0\x04\xff").as_deref(), Ok("; EDE: 4 (Forged Answer): (\u{fffd})"));
    assert_eq!(edns(b"\0\x13\0\x03\x01\0\x01").as_deref(), Ok("; ZONEVERSION: \u{1}"));
}

#[test]
fn relay_with_discovery_bit_is_read() {
    // The library of the reference exporter takes the bit for a part of the type, and refuses the record.
    let data = [&[0x0a, 0x83][..], b"\x01a\x04test\0"].concat();
    assert_eq!(text_of(260, &data).as_deref(), Ok("owner.test.\t300\tIN\tAMTRELAY\t10 1 3 a.test."));
}

#[test]
fn serial_is_that_of_the_zone() {
    let data = [b"\x01a\x04test\0\x01b\xc0\x0c".as_slice(), &2_024_010_203_u32.to_be_bytes()].concat();
    let message = Message::parse(&message_with(6, 1, 300, &data)).expect("a message");
    assert_eq!(message.answer[0].serial, Some(2_024_010_203));
    assert_eq!(Message::parse(ANSWER).expect("a message").answer[0].serial, None);
}

#[test]
fn answer_to_another_question_is_refused() {
    let message = |change: fn(&mut Vec<u8>)| {
        let mut bytes = ANSWER.to_vec();
        change(&mut bytes);
        Message::parse(&bytes).expect("a message")
    };
    let check = |change| query().check(&message(change));
    assert_eq!(check(|bytes| bytes[13] = b'E'), Ok(()), "case does not count");
    assert_eq!(check(|bytes| bytes[13] = b'f'), Err(DnsError::OtherQuestion), "the name");
    assert_eq!(check(|bytes| bytes[27] = 28), Err(DnsError::OtherQuestion), "the type");
    assert_eq!(check(|bytes| bytes[29] = 3), Err(DnsError::OtherQuestion), "the class");
    assert_eq!(check(|bytes| bytes[0] = 0), Err(DnsError::OtherQuestion), "the id");
    let echo = Message::parse(QUERY).expect("a message");
    assert_eq!(query().check(&echo), Err(DnsError::NotAResponse));
}

#[test]
fn refusal_without_a_question_is_an_answer() {
    let message = Message::parse(&[0x12, 0x34, 0x81, 0x85, 0, 0, 0, 0, 0, 0, 0, 0]).expect("a message");
    assert_eq!((message.rcode, query().check(&message)), (Rcode(5), Ok(())));
}

#[test]
fn counts_that_lie_are_bounded_by_the_bytes() {
    let mut bytes = ANSWER.to_vec();
    bytes[4..12].fill(0xff);
    assert!(Message::parse(&bytes).is_err(), "what follows the question is no question");
    let mut bytes = message_with(1, 1, 300, &[192, 0, 2, 1]);
    bytes.pop();
    bytes[6..12].fill(0xff);
    let message = Message::parse(&bytes).expect("it ends after a whole record");
    assert_eq!((message.answer.len(), message.authority.len(), message.additional.len()), (1, 0, 0));
}

#[test]
fn pointers_that_lead_nowhere_end() {
    let cases: [(&[u8], DnsError); 6] = [
        // To itself.
        (b"\xc0\x0c", DnsError::Pointers),
        // To the label before it, for ever.
        (b"\x01a\xc0\x0c", DnsError::Pointers),
        // To each other.
        (b"\xc0\x0e\xc0\x0c", DnsError::Pointers),
        // Past the end.
        (b"\xff\xff", DnsError::Truncated { within: "a name" }),
        (b"\xc0", DnsError::Truncated { within: "a name" }),
        (b"\x41a\0", DnsError::LabelKind { octet: 0x41 }),
    ];
    for (name, error) in cases {
        let mut bytes = vec![0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        bytes.extend_from_slice(name);
        assert_eq!(Message::parse(&bytes), Err(error), "{name:02x?}");
    }
}

#[test]
fn loop_with_labels_ends_at_the_longest_name() {
    let label = [b"\x3f".as_slice(), &[b'a'; 63]].concat();
    let bytes = [&[0, 0, 0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0], label.as_slice(), b"\xc0\x0c"].concat();
    assert_eq!(Message::parse(&bytes), Err(DnsError::NameLength));
}

#[test]
fn text_that_pointers_blow_up_is_bounded() {
    let long = b"\x3f".iter().copied().chain([b'\xff'; 63]).collect::<Vec<u8>>().repeat(3);
    let mut data = vec![0, 0, 0, 0];
    data.extend_from_slice(&long);
    data.push(0);
    let name_starts = message_with(55, 1, 300, &[]).len() as u16 - 1 + 4;
    for _ in 0..30_000 {
        data.extend_from_slice(&(0xc000 | name_starts).to_be_bytes());
    }
    assert_eq!(text_of(55, &data), Err(DnsError::TextLength));
}

#[test]
fn names_are_read_as_zone_files_write_them() {
    let cases: [(&str, &[u8], &str); 8] = [
        ("", b"\0", "."),
        (".", b"\0", "."),
        ("a", b"\x01a\0", "a."),
        ("a.", b"\x01a\0", "a."),
        ("ExAmPlE.TeSt", b"\x07ExAmPlE\x04TeSt\0", "ExAmPlE.TeSt."),
        (r"a\.b.c", b"\x03a.b\x01c\0", r"a\.b.c."),
        (r"\065\ \255", b"\x03A \xff\0", r"A\ \255."),
        ("é", b"\x02\xc3\xa9\0", r"\195\169."),
    ];
    for (text, wire, shown) in cases {
        let name: Name = text.parse().expect(text);
        assert_eq!((name.as_bytes(), name.to_string().as_str()), (wire, shown), "{text}");
    }
}

#[test]
fn names_that_cannot_be_sent_are_refused() {
    let long_label = format!("{}.test", "x".repeat(64));
    let long_name = format!("{}.abcdef", ["abcdefg"; 31].join("."));
    let cases = [
        ("a..test", DnsError::EmptyLabel),
        (".test", DnsError::EmptyLabel),
        ("..", DnsError::EmptyLabel),
        (long_label.as_str(), DnsError::LabelLength),
        (long_name.as_str(), DnsError::NameLength),
        ("a\\", DnsError::UnfinishedEscape),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Name>(), Err(error), "{text}");
    }
    let longest = format!("{}.abcde", ["abcdefg"; 31].join("."));
    assert_eq!(longest.parse::<Name>().map(|name| name.as_bytes().len()), Ok(255));
}

#[test]
fn numbers_have_the_names_of_the_configuration() {
    for (name, number) in [("A", 1), ("ANY", 255), ("HTTPS", 65), ("None", 0), ("Reserved", 65_535)] {
        assert_eq!(RecordType::from_name(name), Some(RecordType(number)));
        assert_eq!(RecordType(number).to_string(), name);
    }
    assert_eq!((RecordType::from_name("a"), RecordType::from_name("TYPE65")), (None, None));
    assert_eq!((Class::from_name("CH"), Class::from_name("CLASS1")), (Some(Class(3)), None));
    assert_eq!((Class(254).to_string(), Class::ANY.to_string()), ("NONE".into(), "CLASS255".into()));
    assert_eq!((Rcode::from_name("NOTIMPL"), Rcode::from_name("BADVERS")), (Some(Rcode(4)), None));
    assert_eq!((Rcode(4).to_string(), Rcode(12).to_string()), ("NOTIMP".into(), "RCODE12".into()));
}

#[test]
fn damaged_messages_panic_nowhere() {
    let golden = golden().map(|(kind, class, ttl, data, _)| message_with(kind, class, ttl, &data));
    for message in golden.chain([ANSWER.to_vec(), QUERY.to_vec()]) {
        for length in 0..message.len() {
            let _ = Message::parse(&message[..length]);
        }
        for bit in 0..message.len() * 8 {
            let mut flipped = message.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _ = Message::parse(&flipped);
        }
    }
}

#[test]
fn prefix_of_an_answer_is_not_that_answer() {
    let whole = Message::parse(ANSWER);
    for length in 0..ANSWER.len() {
        assert_ne!(Message::parse(&ANSWER[..length]), whole, "{length} bytes");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_panic_nowhere(bytes in vec(any::<u8>(), 0..2048)) {
        let _ = Message::parse(&bytes);
    }

    #[test]
    fn arbitrary_data_panics_in_no_type(kind in 0_u16..300, data in vec(any::<u8>(), 0..200)) {
        let _ = Message::parse(&message_with(kind, 1, 300, &data));
    }

    #[test]
    fn arbitrary_text_is_a_name_or_not(text in ".{0,300}") {
        if let Ok(name) = text.parse::<Name>() {
            prop_assert_eq!(name.to_string().parse::<Name>(), Ok(name));
        }
    }
}
