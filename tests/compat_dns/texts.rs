//! Records as text, which rules match and which the log shows.

use probe_tests::compat::servers::dns::{answering, name, record, record_of, records, text};

use super::{Case, TXT, counts, dns};

/// A record of this type and data must read as this, behind owner, time to live and class.
fn reads(name: &str, kind: u16, data: &[u8], expected: &str) -> Case {
    shown(name, record("example.test", kind, 300, data), &format!("example.test.\t300\tIN\t{expected}"))
}

fn shown(name: &str, record: Vec<u8>, expected: &str) -> Case {
    let rule = format!("^\\Q{expected}\\E$").replace('\'', "''");
    let section = format!("query_type: ANY, validate_answer_rrs: {{fail_if_not_matches_regexp: ['{rule}']}}")
        .replace('\t', "\\E\\t\\Q");
    dns(name, &section, answering(records(&[record]))).with(&counts(1, 0, 0))
}

pub(crate) fn cases() -> Vec<Case> {
    [common(), services(), security(), rare(), odd()].concat()
}

/// Parts of a record's data, joined.
fn data(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn common() -> Vec<Case> {
    let v6 = |last: [u8; 4]| data(&[&[0x20, 1, 0xd, 0xb8], &[0; 8], &last]);
    vec![
        reads("a", 1, &[192, 0, 2, 1], "A\t192.0.2.1"),
        reads("aaaa", 28, &v6([0, 0, 0, 1]), "AAAA\t2001:db8::1"),
        reads("aaaa_of_nothing", 28, &[0; 16], "AAAA\t::"),
        reads("aaaa_of_ipv4", 28, &data(&[&[0; 10], &[0xff, 0xff, 192, 0, 2, 1]]), "AAAA\t::ffff:192.0.2.1"),
        reads(
            "aaaa_without_a_run",
            28,
            &[0x20, 1, 0xd, 0xb8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6],
            "AAAA\t2001:db8:1:2:3:4:5:6",
        ),
        reads(
            "aaaa_with_one_zero",
            28,
            &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6],
            "AAAA\t2001:db8:0:2:3:4:5:6",
        ),
        reads("ns", 2, &name("ns1.example.test"), "NS\tns1.example.test."),
        reads("cname", 5, &name("other.test"), "CNAME\tother.test."),
        reads("ptr", 12, &name("host.test"), "PTR\thost.test."),
        reads("dname", 39, &name("new.test"), "DNAME\tnew.test."),
        reads("the_root", 2, &name("."), "NS\t."),
        reads("mx", 15, &data(&[&[0, 10], &name("mx.test")]), "MX\t10 mx.test."),
        reads("no_mx", 15, &data(&[&[0, 0], &name(".")]), "MX\t0 ."),
        reads(
            "soa",
            6,
            &probe_tests::compat::servers::dns::start_of_authority(7),
            "SOA\tns.example.test. admin.example.test. 7 3600 900 604800 60",
        ),
        reads("txt", TXT, &text(&["v=spf1 -all"]), "TXT\t\"v=spf1 -all\""),
        reads("txt_in_parts", TXT, &text(&["one", "two"]), "TXT\t\"one\" \"two\""),
        reads("txt_of_nothing", TXT, &text(&[""]), "TXT\t\"\""),
        reads("txt_with_quotes", TXT, &text(&["say \"hi\" \\ ; end"]), "TXT\t\"say \\\"hi\\\" \\\\ ; end\""),
        reads("txt_with_odd_bytes", TXT, &data(&[&[4], &[0, 9, 0xff, b'a']]), "TXT\t\"\\000\\009\\255a\""),
        reads("spf", 99, &text(&["v=spf1"]), "SPF\t\"v=spf1\""),
    ]
}

fn services() -> Vec<Case> {
    vec![
        reads("srv", 33, &data(&[&[0, 1, 0, 2, 0x13, 0xc4], &name("sip.test")]), "SRV\t1 2 5060 sip.test."),
        reads(
            "naptr",
            35,
            &data(&[&[0, 100, 0, 50], &text(&["s", "SIP+D2U", ""]), &name("_sip._udp.test")]),
            "NAPTR\t100 50 \"s\" \"SIP+D2U\" \"\" _sip._udp.test.",
        ),
        reads(
            "caa",
            257,
            &data(&[&[0, 5], b"issue", b"ca.test; account=1"]),
            "CAA\t0 issue \"ca.test; account=1\"",
        ),
        reads("uri", 256, &data(&[&[0, 10, 0, 1], b"https://a.test/x"]), "URI\t10 1 \"https://a.test/x\""),
        reads("svcb", 64, &data(&[&[0, 0], &name("alias.test")]), "SVCB\t0 alias.test."),
        reads(
            "https",
            65,
            &data(&[
                &[0, 1, 0],
                &[0, 1, 0, 6, 2, b'h', b'2', 2, b'h', b'3'],
                &[0, 3, 0, 2, 0x20, 0xfb],
                &[0, 4, 0, 4, 192, 0, 2, 1],
            ]),
            "HTTPS\t1 . alpn=\"h2,h3\" port=\"8443\" ipv4hint=\"192.0.2.1\"",
        ),
        reads(
            "https_with_mandatory_keys",
            65,
            &data(&[
                &[0, 1, 0],
                &[0, 0, 0, 4, 0, 1, 0, 3],
                &[0, 1, 0, 3, 2, b'h', b'2'],
                &[0, 3, 0, 2, 1, 0xbb],
            ]),
            "HTTPS\t1 . mandatory=\"alpn,port\" alpn=\"h2\" port=\"443\"",
        ),
        reads(
            "https_with_an_unknown_key",
            65,
            &data(&[&[0, 1, 0], &[0, 100, 0, 2, b'h', b'i']]),
            "HTTPS\t1 . key100=\"hi\"",
        ),
        reads("hinfo", 13, &text(&["cpu", "os"]), "HINFO\t\"cpu\" \"os\""),
        reads("rp", 17, &data(&[&name("admin.test"), &name("txt.test")]), "RP\tadmin.test. txt.test."),
        reads("afsdb", 18, &data(&[&[0, 1], &name("afs.test")]), "AFSDB\t1 afs.test."),
        reads("kx", 36, &data(&[&[0, 1], &name("kx.test")]), "KX\t1 kx.test."),
        reads(
            "loc",
            29,
            &[0, 0x12, 0x16, 0x13, 0x8b, 0x0d, 0x2d, 0x8c, 0x7f, 0xf8, 0xfc, 0xa5, 0x00, 0x98, 0x96, 0x80],
            "LOC\t51 30 13.004 N 00 07 39.611 W 0m 1m 10000m 10m",
        ),
        reads("eui48", 108, &[0, 0x11, 0x22, 0xaa, 0xbb, 0xcc], "EUI48\t00-11-22-aa-bb-cc"),
        reads("eui64", 109, &[0, 0x11, 0x22, 0xaa, 0xbb, 0xcc, 0xdd, 0xee], "EUI64\t00-11-22-aa-bb-cc-dd-ee"),
    ]
}

fn security() -> Vec<Case> {
    vec![
        reads("ds", 43, &data(&[&[0xec, 0x45, 5, 1], &[0x2b, 0xb1, 0x83, 0xaf]]), "DS\t60485 5 1 2BB183AF"),
        reads("cds", 59, &data(&[&[0xec, 0x45, 5, 1], &[0x2b, 0xb1, 0x83, 0xaf]]), "CDS\t60485 5 1 2BB183AF"),
        reads("dnskey", 48, &[1, 0, 3, 5, 1, 2, 3, 4, 5, 6, 7, 8], "DNSKEY\t256 3 5 AQIDBAUGBwg="),
        reads(
            "rrsig",
            46,
            &data(&[
                &[0, 1, 5, 2, 0, 0, 1, 0x2c],
                &[0x65, 0x92, 0x00, 0x80],
                &[0x65, 0x6a, 0x73, 0x80],
                &[0x30, 0x39],
                &name("example.test"),
                &[1, 2, 3],
            ]),
            "RRSIG\tA 5 2 300 20240101000000 20231202000000 12345 example.test. AQID",
        ),
        reads(
            "nsec",
            47,
            &data(&[&name("next.test"), &[0, 6, 0x40, 1, 0, 0, 0, 3]]),
            "NSEC\tnext.test. A MX RRSIG NSEC",
        ),
        reads(
            "nsec3",
            50,
            &data(&[&[1, 0, 0, 12, 2, 0xaa, 0xbb, 4, 1, 2, 3, 4], &[0, 1, 0x40]]),
            "NSEC3\t1 0 12 AABB 0410610 A",
        ),
        reads("nsec3param", 51, &[1, 0, 0, 12, 2, 0xaa, 0xbb], "NSEC3PARAM\t1 0 12 AABB"),
        reads("nsec3param_without_salt", 51, &[1, 0, 0, 1, 0], "NSEC3PARAM\t1 0 1 -"),
        reads("tlsa", 52, &[3, 1, 1, 0xd2, 0xab, 0xde], "TLSA\t3 1 1 d2abde"),
        reads("smimea", 53, &[3, 1, 1, 0xd2, 0xab, 0xde], "SMIMEA\t3 1 1 d2abde"),
        reads("sshfp", 44, &[2, 1, 0x12, 0x34, 0xab], "SSHFP\t2 1 1234AB"),
        reads("cert", 37, &[0, 1, 0x30, 0x39, 5, 1, 2, 3], "CERT\tPKIX 12345 RSASHA1 AQID"),
        reads("openpgpkey", 61, &[1, 2, 3], "OPENPGPKEY\tAQID"),
        reads("csync", 62, &[0, 0, 0, 66, 0, 3, 0, 4, 0x60, 0, 0, 8], "CSYNC\t66 3 A NS AAAA"),
        reads(
            "zonemd",
            63,
            &data(&[&[0, 0, 0, 5, 1, 1], &[0xab; 12]]),
            "ZONEMD\t5 1 1 abababababababababababab",
        ),
    ]
}

fn rare() -> Vec<Case> {
    vec![
        reads(
            "apl",
            42,
            &[0, 1, 24, 3, 192, 0, 2, 0, 2, 32, 0x84, 0x20, 1, 0xd, 0xb8],
            "APL\t1:192.0.2.0/24 !2:2001:db8::/32",
        ),
        reads(
            "nid",
            104,
            &[0, 10, 0, 0x14, 0x4f, 0xff, 0xff, 0x20, 0xee, 0x64],
            "NID\t10 0014:4fff:ff20:ee64",
        ),
        reads("l32", 105, &[0, 10, 10, 1, 2, 0], "L32\t10 10.1.2.0"),
        reads("l64", 106, &[0, 10, 0x20, 1, 0xd, 0xb8, 0x11, 0x40, 0x10, 0], "L64\t10 2001:0DB8:1140:1000"),
        reads("lp", 107, &data(&[&[0, 10], &name("l64.test")]), "LP\t10 l64.test."),
        reads("dhcid", 49, &[0, 1, 2, 3], "DHCID\tAAECAw=="),
        reads("ipseckey", 45, &[10, 1, 2, 192, 0, 2, 38, 1, 2, 3], "IPSECKEY\t10 1 2 192.0.2.38 AQID"),
        reads("hip", 55, &[2, 2, 0, 3, 0xaa, 0xbb, 1, 2, 3], "HIP\t2 aabb AQID"),
        reads("x25", 19, &text(&["311061700956"]), "X25\t311061700956"),
        reads("px", 26, &data(&[&[0, 10], &name("a.test"), &name("b.test")]), "PX\t10 a.test. b.test."),
        reads("avc", 258, &text(&["app"]), "AVC\t\"app\""),
        reads("mb", 7, &name("mail.test"), "MB\tmail.test."),
        reads("minfo", 14, &data(&[&name("a.test"), &name("b.test")]), "MINFO\ta.test. b.test."),
        reads("uid", 101, &[0, 0, 3, 0xe8], "UID\t1000"),
        reads("uinfo", 100, &text(&["who"]), "UINFO\t\"who\""),
        shown(
            "a_type_without_a_name",
            record("example.test", 65280, 300, &[1, 2, 0xab]),
            "example.test.\t300\tCLASS1\tTYPE65280\t\\# 3 0102ab",
        ),
        reads("a_mail_server_without_a_name", 15, &[0, 10], "MX\t10 "),
    ]
}

fn odd() -> Vec<Case> {
    let pointer = data(&[&[0xc0, 12]]);
    vec![
        shown(
            "a_class_without_a_name",
            record_of(77, "example.test", 1, 5, &[192, 0, 2, 1]),
            "example.test.\t5\tCLASS77\tA\t192.0.2.1",
        ),
        shown(
            "a_record_of_hesiod",
            record_of(4, "example.test", TXT, 5, &text(&["x"])),
            "example.test.\t5\tHS\tTXT\t\"x\"",
        ),
        shown(
            "the_longest_time_to_live",
            record("example.test", 1, u32::MAX, &[192, 0, 2, 1]),
            "example.test.\t4294967295\tIN\tA\t192.0.2.1",
        ),
        shown(
            "an_owner_in_mixed_case",
            record("ExAmPlE.test", 1, 0, &[192, 0, 2, 1]),
            "ExAmPlE.test.\t0\tIN\tA\t192.0.2.1",
        ),
        shown("an_owner_that_is_the_root", record(".", 1, 0, &[192, 0, 2, 1]), ".\t0\tIN\tA\t192.0.2.1"),
        reads("a_name_by_a_pointer", 5, &pointer, "CNAME\texample.test."),
        reads(
            "a_name_with_odd_bytes",
            5,
            &data(&[&[5], b"a.b c", &[3], b";\xc3\xa9", &[0]]),
            "CNAME\ta\\.b\\ c.\\;\\195\\169.",
        ),
        reads("a_name_with_quotes", 5, &data(&[&[5], b"\"@(\\)", &[0]]), "CNAME\t\\\"\\@\\(\\\\\\)."),
    ]
}
