//! Answers that are not as they should be.

use std::time::Duration;

use probe_tests::compat::servers::dns::{Query, Reply, answering, dns as serving, record, records, text};

use super::{A, Case, QUERY, TXT, UNANSWERED, counts, dns, two};

const SHORT: &str = "600ms";

/// A server that changes what it would have answered.
fn changed(name: &str, section: &str, change: fn(&Query, Vec<u8>) -> Vec<u8>) -> Case {
    dns(name, section, serving(move |query| vec![change(query, two().to(query)).into()]))
}

fn with_wrong_id(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[0] ^= 0xff;
    bytes
}

pub(crate) fn cases() -> Vec<Case> {
    [over_udp(), over_tcp(), lengths(), records_with_faults()].concat()
}

fn over_udp() -> Vec<Case> {
    let silent = |name| dns(name, "", serving(|_| Vec::new())).timeout(SHORT).fails(UNANSWERED).says(QUERY);
    vec![
        silent("no_answer"),
        dns(
            "a_slow_answer",
            "",
            serving(|query| vec![Reply { bytes: two().to(query), after: Duration::from_millis(300) }]),
        )
        .with(&counts(2, 0, 0))
        .with(&["probe_dns_duration_seconds{phase=\"request\"} >=0.2"]),
        dns("an_answer_to_somebody_else", "", serving(|query| vec![with_wrong_id(two().to(query)).into()]))
            .timeout(SHORT)
            .fails(UNANSWERED)
            .says(QUERY),
        dns(
            "an_answer_to_somebody_else_first",
            "",
            serving(|query| vec![with_wrong_id(two().to(query)).into(), two().to(query).into()]),
        )
        .with(&counts(2, 0, 0)),
        dns(
            "the_first_of_two_answers",
            "",
            serving(|query| vec![two().to(query).into(), records(&[]).to(query).into()]),
        )
        .with(&counts(2, 0, 0)),
        changed("an_answer_that_is_a_query", "", |_, mut bytes| {
            bytes[2] &= 0x7f;
            bytes
        })
        .with(&counts(2, 0, 0))
        .ours(
            "what asks does not answer",
            &["probe_success 0", "probe_dns_query_succeeded 0", "probe_dns_answer_rrs 0"],
        )
        .ours_says("what asks does not answer", QUERY),
        changed("an_answer_to_another_question", "", |_, mut bytes| {
            bytes[13] = b'E';
            bytes[14] = b'y';
            bytes
        })
        .with(&counts(2, 0, 0))
        .ours(
            "another question was answered",
            &["probe_success 0", "probe_dns_query_succeeded 0", "probe_dns_answer_rrs 0"],
        )
        .ours_says("another question was answered", QUERY),
        changed("a_question_in_another_case", "", |_, mut bytes| {
            bytes[13] = b'E';
            bytes
        })
        .with(&counts(2, 0, 0)),
        changed("an_answer_without_a_question", "", |query, _| {
            [&query.bytes[..2], &[0x81, 0x80, 0, 0, 0, 0, 0, 0, 0, 0]].concat()
        }),
        changed("an_answer_that_is_cut_off_and_says_so", "", |_, mut bytes| {
            bytes[2] |= 2;
            bytes
        })
        .with(&counts(2, 0, 0))
        .saw(&["!s: tcp"]),
        changed("an_authoritative_answer", "", |_, mut bytes| {
            bytes[2] |= 4;
            bytes
        })
        .with(&counts(2, 0, 0)),
        changed("more_behind_the_answer", "", |_, bytes| [bytes, b"more".to_vec()].concat())
            .with(&counts(2, 0, 0)),
        changed("fewer_records_than_announced", "", |_, mut bytes| {
            bytes[7] = 3;
            bytes
        })
        .with(&counts(2, 0, 0)),
    ]
}

fn over_tcp() -> Vec<Case> {
    const TCP: &str = "transport_protocol: tcp";
    vec![
        dns("no_answer_over_tcp", TCP, serving(|_| Vec::new())).timeout(SHORT).fails(UNANSWERED).says(QUERY),
        dns(
            "an_answer_to_somebody_else_over_tcp",
            TCP,
            serving(|query| vec![with_wrong_id(two().to(query)).into()]),
        )
        .fails(UNANSWERED)
        .says(QUERY),
        dns("an_empty_message_over_tcp", TCP, serving(|_| vec![Vec::new().into()]))
            .fails(UNANSWERED)
            .says(QUERY),
        dns("a_short_message_over_tcp", TCP, serving(|_| vec![vec![1, 2, 3].into()]))
            .fails(UNANSWERED)
            .says(QUERY),
        dns("a_long_answer_over_tcp", TCP, answering(many(200))).with(&counts(200, 0, 0)),
        changed("an_answer_that_is_cut_off_over_tcp", TCP, |_, mut bytes| {
            bytes[2] |= 2;
            bytes
        })
        .with(&counts(2, 0, 0)),
    ]
}

fn many(count: u8) -> probe_tests::compat::servers::dns::Message {
    records(&(0..count).map(|last| record("example.test", A, 300, &[192, 0, 2, last])).collect::<Vec<_>>())
}

fn lengths() -> Vec<Case> {
    let filler = |length: usize| {
        records(&[record("example.test", TXT, 300, &text(&[&"x".repeat(200), &"y".repeat(length)]))])
    };
    vec![
        // 12 bytes of header, 18 of the question, 24 of the record's head, 201 of the first text, 1 before the second.
        dns("an_answer_of_512_bytes", "", answering(filler(256 - 1))).with(&counts(1, 0, 0)),
        dns("an_answer_over_512_bytes", "", answering(many(20))).fails(UNANSWERED).says(QUERY),
    ]
}

fn records_with_faults() -> Vec<Case> {
    let bad = |name: &str, data: &'static [u8], kind| {
        dns(name, "", answering(records(&[record("example.test", kind, 300, data)])))
            .fails(UNANSWERED)
            .says(QUERY)
    };
    vec![
        bad("an_address_of_three_bytes", &[192, 0, 2], A),
        bad("an_address_of_five_bytes", &[192, 0, 2, 1, 0], A),
        bad("a_name_that_points_at_itself", &[0xc0, 42], 5),
        bad("a_name_that_points_ahead", &[0xc0, 200], 5),
        bad("a_name_without_an_end", &[3, b'a', b'b'], 5),
        bad("a_name_of_an_unknown_kind_of_label", &[0x41, b'a', 0], 5),
        bad("a_text_that_is_longer_than_its_record", &[9, b'a'], TXT),
    ]
}
