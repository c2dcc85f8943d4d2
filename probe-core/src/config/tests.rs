//! Literal YAML against the errors, warnings and values it gives.

use super::*;
use crate::model::{ProbeError, Recorder};
use crate::net::BoxFuture;
use crate::prober::{Common, Context, Prober, Settings};
use std::time::Duration;

/// Uses every reader of a section, and prints what it read.
static FAKE: Spec = Spec { name: "fake", families: &[], parse: parse_fake };
/// A prober of the reference, with the one key that matters here.
static ICMP: Spec = Spec { name: "icmp", families: &[], parse: parse_icmp };
static SPECS: [&Spec; 2] = [&FAKE, &ICMP];

#[derive(Clone, Debug, Default, PartialEq)]
struct Fake {
    text: String,
    texts: Vec<String>,
    flag: bool,
    number: i64,
    ratio: f64,
    interval: Duration,
    family: i64,
    password: String,
    inner: Option<String>,
    items: Vec<String>,
    given: bool,
}

fn parse_fake(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let mut fake = Fake {
        given: section.is_given(),
        text: section.string("text", errors).unwrap_or_default(),
        texts: section.strings("texts", errors).unwrap_or_default(),
        flag: section.boolean("flag", errors).unwrap_or_default(),
        number: section.integer("number", 0..=255, errors).unwrap_or_default(),
        ratio: section.float("ratio", 0.0..=1.0, errors).unwrap_or_default(),
        interval: section.duration("interval", errors).unwrap_or_default(),
        family: section.one_of("family", &[("ip4", 4), ("ip6", 6)], errors).unwrap_or_default(),
        password: section.string("password", errors).unwrap_or_default(),
        ..Fake::default()
    };
    if let Some(mut inner) = section.section("inner", errors) {
        fake.inner = Some(inner.string("name", errors).unwrap_or_default());
        inner.finish(errors);
    }
    for mut item in section.sections("items", errors).unwrap_or_default() {
        fake.items.push(item.string("name", errors).unwrap_or_default());
        item.finish(errors);
    }
    if section.contains("old_flag") {
        section.warn("old_flag", "is deprecated, use flag", errors);
    }
    if fake.flag && fake.number == 13 {
        section.problem("number", "found 13, not allowed with flag", errors);
        return None;
    }
    Some(Arc::new(fake))
}

impl Settings for Fake {
    fn dump(&self, out: &mut Dump) {
        out.string("text", &self.text);
        out.strings("texts", &self.texts);
        out.boolean("flag", self.flag);
        out.integer("number", self.number);
        out.float("ratio", self.ratio);
        out.duration("interval", self.interval);
        out.integer("family", self.family);
        out.secret("password", &self.password);
        out.section("inner", |inner| inner.string("name", self.inner.as_deref().unwrap_or_default()));
        out.sections("items", &self.items, |name, item| item.string("name", name));
        out.boolean("given", self.given);
    }

    fn build(&self, _: &Common) -> Arc<dyn Prober> {
        Arc::new(Succeeds)
    }

    fn shortest(&self) -> Option<Duration> {
        (!self.interval.is_zero()).then_some(self.interval * 3)
    }
}

struct Icmp {
    ttl: i64,
}

fn parse_icmp(section: &mut Section<'_>, errors: &mut Errors) -> Option<Arc<dyn Settings>> {
    let given = section.contains("ttl");
    let ttl = if given { section.integer("ttl", 0..=255, errors)? } else { 64 };
    Some(Arc::new(Icmp { ttl }))
}

impl Settings for Icmp {
    fn dump(&self, out: &mut Dump) {
        out.integer("ttl", self.ttl);
    }

    fn build(&self, _: &Common) -> Arc<dyn Prober> {
        Arc::new(Succeeds)
    }
}

struct Succeeds;

impl Prober for Succeeds {
    fn probe<'a>(&'a self, _: &'a Context<'a>, _: &'a mut Recorder) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(async { Ok(()) })
    }
}

fn errors_of(text: &str) -> Vec<String> {
    match read(text, "b.yml", &SPECS) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.problems().iter().map(ToString::to_string).collect(),
    }
}

/// The errors of a module whose section for the fake prober is this one line.
fn errors_of_fake(line: &str) -> Vec<String> {
    errors_of(&format!("modules:\n  a:\n    prober: fake\n    fake:\n      {line}\n"))
}

fn config(text: &str) -> Config {
    read(text, "b.yml", &SPECS).expect("a valid configuration")
}

/// What the fake prober read, as it prints it.
fn fake_of(section: &str) -> String {
    let config = config(&format!("modules: {{a: {{prober: fake, fake: {section}}}}}"));
    let mut dump = Dump::default();
    config.modules["a"].own_settings().expect("the fake prober is known").dump(&mut dump);
    dump.finish()
}

fn warnings_of(text: &str) -> Vec<String> {
    config(text).warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn reads_values_as_the_reference_reads_them() {
    let cases = [
        ("{text: 5}", "text: \"5\"\n"),
        ("{text: yes}", "text: \"yes\"\n"),
        ("{text: 1.50}", "text: \"1.50\"\n"),
        ("{text: !!binary aGVsbG8=}", "text: hello\n"),
        ("{text: !!str }", ""),
        ("{text: ~}", ""),
        ("{texts: [a, 5, ~]}", "texts:\n    - a\n    - \"5\"\n"),
        ("{flag: true}", "flag: true\n"),
        ("{flag: TRUE}", "flag: true\n"),
        ("{flag: on}", "flag: true\n"),
        ("{flag: \"yes\"}", "flag: true\n"),
        ("{flag: 'n'}", ""),
        ("{number: 1.5}", "number: 1\n"),
        ("{number: 0x1f}", "number: 31\n"),
        ("{number: 0o17}", "number: 15\n"),
        ("{number: 0310}", "number: 200\n"),
        ("{number: !!int '7'}", "number: 7\n"),
        ("{ratio: 1}", "ratio: 1\n"),
        ("{ratio: 2.5e-1}", "ratio: 0.25\n"),
        ("{interval: 1m30s}", "interval: 1m30s\n"),
        ("{interval: '.5s'}", "interval: 500ms\n"),
        ("{family: ip6}", "family: 6\n"),
        ("{family: \"ip4\"}", "family: 4\n"),
        ("{password: hunter2}", "password: <secret>\n"),
        ("{inner: {name: x}}", "inner:\n    name: x\n"),
        ("{inner: ~}", ""),
        ("{items: [{name: x}, ~, {}]}", "items:\n    - name: x\n    - {}\n"),
    ];
    for (section, expected) in cases {
        assert_eq!(fake_of(section), format!("{expected}given: true\n"), "{section}");
    }
    assert_eq!(fake_of("~"), "");
    assert_eq!(fake_of("{}"), "given: true\n");
}

#[test]
fn refuses_values_with_place_path_found_and_allowed() {
    let cases = [
        ("number: 300", "number: found 300, allowed 0 to 255"),
        ("number: -1", "number: found -1, allowed 0 to 255"),
        ("number: \"5\"", "number: found a quoted string, allowed 0 to 255"),
        ("number: .inf", "number: found .inf, allowed 0 to 255"),
        ("number: [5]", "number: found a list, allowed 0 to 255"),
        ("flag: \"true\"", "flag: found a quoted string, allowed true or false"),
        ("flag: 1", "flag: found 1, allowed true or false"),
        ("ratio: 5%", "ratio: found a string, allowed 0 to 1"),
        ("ratio: .nan", "ratio: found .nan, allowed 0 to 1"),
        ("interval: 0", "interval: found 0, allowed a duration such as 500ms or 2.5s"),
        ("interval: 5", "interval: found 5, allowed a duration such as 500ms or 2.5s"),
        ("interval: 1d", "interval: found 1d, allowed a duration such as 500ms or 2.5s"),
        ("interval: -5s", "interval: found -5s, allowed a duration such as 500ms or 2.5s"),
        ("family: ip5", "family: found \"ip5\", allowed ip4, ip6, did you mean \"ip4\"?"),
        ("family: {}", "family: found a mapping, allowed ip4, ip6"),
        ("text: [x]", "text: found a list, allowed a string"),
        ("text: !!binary '*'", "text: found binary data, allowed a string"),
        ("texts: x", "texts: found a string, allowed a list of strings"),
        ("inner: 5", "inner: found a number, allowed a mapping"),
        ("items: {}", "items: found a mapping, allowed a list of mappings"),
        ("{number: 13, flag: y}", "number: found 13, not allowed with flag"),
    ];
    for (line, expected) in cases {
        let errors = errors_of_fake(line);
        assert_eq!(errors.len(), 1, "{line}: {errors:?}");
        let (place, message) = errors[0].split_once(": modules.a.fake.").expect("a path");
        assert!(place.starts_with("b.yml:5:"), "{line}: {place}");
        assert_eq!(message, expected, "{line}");
    }
}

#[test]
fn places_problems_of_list_items_at_the_item() {
    let cases = [
        ("texts: [a, [b]]", "b.yml:5:18: modules.a.fake.texts[1]: found a list, allowed a string"),
        ("items: [5]", "b.yml:5:15: modules.a.fake.items[0]: found a number, allowed a mapping"),
        (
            "items: [{nam: x}]",
            "b.yml:5:16: modules.a.fake.items[0].nam: unknown key, did you mean \"name\"? allowed here: name",
        ),
    ];
    for (line, expected) in cases {
        assert_eq!(errors_of_fake(line), [expected], "{line}");
    }
}

#[test]
fn never_repeats_what_may_be_a_secret() {
    let secrets =
        ["password: [hunter2]", "password: {hunter2: hunter2x}", "number: 'hunter2'", "inner: hunter2"];
    for line in secrets {
        let errors = errors_of_fake(line).join("\n");
        assert!(!errors.is_empty() && !errors.contains("hunter2"), "{line}: {errors}");
    }
    let long = errors_of_fake("number: correct-horse-battery-staple").join("\n");
    assert!(long.ends_with("found a string, allowed 0 to 255"), "{long}");
}

#[test]
fn reports_all_problems_in_the_order_of_the_text() {
    let text = "modules:
  a:
    fake:
      number: 300
      flga: true
    icmp: {ttl: 256, tll: 1}
    prober: fake
    timout: 5s
  b:
    prober: invalid
module: {}
";
    let expected = [
        "b.yml:4:7: modules.a.fake.number: found 300, allowed 0 to 255",
        "b.yml:5:7: modules.a.fake.flga: unknown key, did you mean \"flag\"? allowed here: \
         text, texts, flag, number, ratio, interval, family, password, inner, items, old_flag",
        "b.yml:6:12: modules.a.icmp.ttl: found 256, allowed 0 to 255",
        "b.yml:6:22: modules.a.icmp.tll: unknown key, did you mean \"ttl\"? allowed here: ttl",
        "b.yml:8:5: modules.a.timout: unknown key, did you mean \"timeout\"? allowed here: \
         prober, timeout, attempts, source_ip_address, interface, tos, fwmark, failure_info, timeout_series, ",
        "b.yml:11:1: module: unknown key, did you mean \"modules\"? allowed here: policy, modules",
    ];
    let found = errors_of(text);
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (problem, start) in found.iter().zip(expected) {
        assert!(problem.starts_with(start), "{problem}");
    }
}

#[test]
fn modules_that_name_no_prober_load_with_a_warning() {
    let allowed = "allowed fake, icmp, http, tcp, dns, grpc, unix, websocket";
    let consequence = "probes of this module will answer \"Unknown prober\"";
    let cases = [
        ("modules:\n  a:\n", "2:3", "missing", "modules:\n    a: {}\n"),
        ("modules:\n  a: {}\n", "2:3", "missing", "modules:\n    a:\n        icmp:\n            ttl: 64\n"),
        (
            "modules:\n  a: {prober: invalid}\n",
            "2:7",
            "prober 'invalid' is not valid",
            "modules:\n    a:\n        prober: invalid\n        icmp:\n            ttl: 64\n",
        ),
    ];
    for (text, place, problem, dump) in cases {
        let expected = format!("b.yml:{place}: modules.a.prober: {problem}, {allowed}; {consequence}");
        assert_eq!(warnings_of(text), [expected], "{text}");
        assert_eq!(config(text).dump(), dump);
        assert!(config(text).modules["a"].build().is_none());
    }
    assert_eq!(
        errors_of("modules:\n  a: {prober: [icmp]}\n"),
        ["b.yml:2:7: modules.a.prober: found a list, allowed a string"]
    );
}

#[test]
fn checks_what_every_module_has() {
    let cases = [
        ("timeout: 5", "timeout: found 5, allowed a duration such as 500ms or 2.5s"),
        ("timeout: 0", "timeout: found 0, allowed a duration such as 500ms or 2.5s"),
        ("timeout: 1d", "timeout: found 1d, allowed a duration such as 500ms or 2.5s"),
        ("attempts: 0", "attempts: found 0, allowed 1 to 100"),
        ("tos: 256", "tos: found 256, allowed 0 to 255"),
        ("fwmark: 4294967296", "fwmark: found 4294967296, allowed 0 to 4294967295"),
        (
            "interface: sixteen_bytes_xx",
            "interface: not an interface name, allowed 1 to 15 bytes without blanks and slashes",
        ),
        ("failure_info: 2", "failure_info: found 2, allowed true or false"),
        (
            "fake: {interval: 2s}\n    timeout: 5s",
            "timeout: found 5s, but a probe with these settings takes at least 6s",
        ),
    ];
    for (line, expected) in cases {
        let errors = errors_of(&format!("modules:\n  a:\n    prober: fake\n    {line}\n"));
        assert_eq!(errors.len(), 1, "{line}: {errors:?}");
        assert!(errors[0].ends_with(&format!(": modules.a.{expected}")), "{line}: {errors:?}");
    }
}

#[test]
fn judges_the_timeout_by_the_own_prober_alone() {
    assert!(errors_of("modules: {a: {prober: icmp, timeout: 1s, fake: {interval: 2s}}}").is_empty());
    assert!(errors_of("modules: {a: {prober: fake, fake: {interval: 2s}}}").is_empty());
    assert!(errors_of("modules: {a: {prober: fake, timeout: 6s, fake: {interval: 2s}}}").is_empty());
}

#[test]
fn keeps_what_every_module_has() {
    let text =
        "modules: {a: {prober: fake, timeout: 2.5s, attempts: 3, interface: eth0, tos: 0xb8, fwmark: 7,
        failure_info: on}}";
    let config = config(text);
    let module = &config.modules["a"];
    let common = &module.common;
    assert_eq!(common.timeout, Some(Duration::from_millis(2_500)));
    assert_eq!(common.egress.interface.as_deref(), Some("eth0"));
    assert_eq!((common.egress.tos, common.egress.mark), (Some(0xb8), Some(7)));
    let options = module.run_options(Duration::from_secs(9));
    assert_eq!((&*options.module, &*options.prober), ("a", "fake"));
    assert_eq!((options.timeout, options.attempts, options.failure_info), (Duration::from_secs(9), 3, true));
    assert!(module.build().is_some());
}

#[test]
fn accepts_the_probers_this_build_lacks_with_a_warning() {
    let text = "modules:
  web:
    prober: http
    http: {whatever: [1]}
    dns: 5
  ping:
    prober: icmp
    grpc: ~
    unix: {}
";
    assert_eq!(
        warnings_of(text),
        [
            "b.yml:3:5: modules.web.prober: this build has no \"http\" prober; \
             probes of this module will answer \"Unknown prober\"",
            "b.yml:5:5: modules.web.dns: this build has no \"dns\" prober; the section is not read",
            "b.yml:9:5: modules.ping.unix: this build has no \"unix\" prober; the section is not read",
        ]
    );
    let config = config(text);
    assert!(config.modules["web"].spec.is_none() && config.modules["web"].build().is_none());
    assert_eq!(&*config.modules["web"].prober, "http");
}

#[test]
fn a_timeout_below_zero_counts_as_not_set() {
    let text = "modules: {a: {prober: icmp, timeout: -1s}}";
    assert_eq!(warnings_of(text), ["b.yml:1:29: modules.a.timeout: is below zero and counts as not set"]);
    assert_eq!(config(text).modules["a"].common.timeout, None);
    assert_eq!(config("modules: {a: {prober: icmp, timeout: 0s}}").modules["a"].common.timeout, None);
}

#[test]
fn probers_may_warn() {
    let text = "modules: {a: {prober: fake, fake: {old_flag: 1}}}";
    assert_eq!(warnings_of(text), ["b.yml:1:36: modules.a.fake.old_flag: is deprecated, use flag"]);
}

#[test]
fn loads_files_without_modules() {
    for text in ["modules:\n", "modules: {}\n", "{}\n", "---\n", "modules: ~\n---\nignored: ]\n"] {
        let config = config(text);
        assert!(config.modules.is_empty() && config.warnings.is_empty(), "{text}");
        assert_eq!(config.dump(), "modules: {}\n");
    }
}

#[test]
fn refuses_files_that_are_no_configuration() {
    let cases = [
        ("", "b.yml:1:1: the file is empty, allowed a mapping with the key modules"),
        ("5", "b.yml:1:1: found a number, allowed a mapping"),
        ("- a\n", "b.yml:1:1: found a list, allowed a mapping"),
        ("modules: [a]\n", "b.yml:1:10: modules: found a list, allowed a mapping"),
        ("modules:\n  a: x\n", "b.yml:2:6: modules.a: found a string, allowed a mapping"),
    ];
    for (text, expected) in cases {
        assert_eq!(errors_of(text), [expected], "{text}");
    }
}

#[test]
fn modules_may_share_through_anchors_and_merge_keys() {
    let text = "modules:
  a: &a {prober: icmp, timeout: 1s, icmp: {ttl: 3}}
  b: {<<: *a, timeout: 2s}
";
    let config = config(text);
    assert_eq!(config.modules["b"].common.timeout, Some(Duration::from_secs(2)));
    assert!(
        config.dump().contains(
            "    b:\n        prober: icmp\n        timeout: 2s\n        icmp:\n            ttl: 3\n"
        )
    );
}

#[test]
fn dumps_modules_by_name_with_every_section_in_the_order_of_the_reference() {
    let text = "modules:
  zebra: {prober: fake, timeout: 90s, attempts: 2, interface: eth0, tos: 8, fwmark: 1, failure_info: yes,
    fake: {text: \"yes\", password: hunter2}, icmp: {ttl: 0}}
  ant: {prober: icmp, timeout: 2500ms}
  5: {prober: http, http: {}}
";
    let expected = r#"modules:
    "5":
        prober: http
        icmp:
            ttl: 64
    ant:
        prober: icmp
        timeout: 2.5s
        icmp:
            ttl: 64
    zebra:
        prober: fake
        timeout: 1m30s
        attempts: 2
        interface: eth0
        tos: 8
        fwmark: 1
        failure_info: true
        fake:
            text: "yes"
            password: <secret>
            given: true
"#;
    assert_eq!(config(text).dump(), expected);
}

#[test]
fn load_names_the_file_that_cannot_be_read() {
    let error = Config::load("/nonexistent/b.yml", &SPECS).expect_err("there is no such file");
    assert_eq!(error.to_string(), "cannot read /nonexistent/b.yml");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn text_that_is_not_utf8_is_located() {
    assert_eq!(not_utf8(b"modules:\n  a", "b.yml").to_string(), "b.yml:2:4: not valid UTF-8");
}
