//! The history of probes and their logs, beside the reference exporter where it is installed.

use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::ExitCode;

use probe_tests::compat::exporter::{Exporter, Side};
use probe_tests::compat::run;
use probe_tests::compat::scenario::{Scenario, scenario};

fn main() -> ExitCode {
    run(Vec::new(), [rings(), lookups(), refusals(), pages()].concat())
}

/// An exporter that has probed.
struct History {
    exporter: Exporter,
    good: PathBuf,
    _listener: UnixListener,
}

/// A row of the table: module, target, whether it succeeded, and the number of its log.
type Row = (String, String, bool, u32);

impl History {
    fn new(side: Side, name: &str, arguments: &[&str]) -> Self {
        let good = std::env::temp_dir().join(format!("probe-history-{}-{side:?}-{name}", std::process::id()));
        let listener = UnixListener::bind(&good).expect("the path is free");
        let config = "modules: {unix: {prober: unix}, other: {prober: unix}}";
        Self { exporter: Exporter::with(side, config, arguments), good, _listener: listener }
    }

    /// `g` succeeds, `b` fails, `o` fails with another module.
    fn probe(&self, plan: &str) {
        for (number, step) in plan.chars().enumerate() {
            let good = self.good.display().to_string();
            let (module, target) = match step {
                'g' => ("unix", good.as_str()),
                'b' => ("unix", "/bad"),
                'o' => ("other", "/bad"),
                _ => panic!("{number}: {step}"),
            };
            let page = self.exporter.get(&format!("/probe?module={module}&target={target}"));
            assert!(page.text().contains(if step == 'g' { "probe_success 1" } else { "probe_success 0" }));
        }
    }

    /// The rows of the landing page, as they stand: the newest first.
    fn rows(&self) -> Vec<Row> {
        let page = self.exporter.get("/").text();
        let rows = page.split("<tr>").skip(2).map(|row| {
            let cells: Vec<&str> = row
                .split("<td>")
                .skip(1)
                .map(|cell| cell.split("</td>").next().unwrap_or_default())
                .collect();
            let [module, target, result, log] = cells[..4] else { panic!("not four cells: {row}") };
            let number = log.split("logs?id=").nth(1).and_then(|rest| rest.split(['\'', '"']).next());
            let number =
                number.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no number: {log}"));
            assert!(result == "Success" || result == "<strong>Failure</strong>", "{result}");
            (module.to_owned(), target.to_owned(), result == "Success", number)
        });
        rows.collect()
    }

    /// The numbers of the rows, failures in capitals: `4 3 F0`.
    fn numbers(&self) -> String {
        let rows = self.rows();
        let words: Vec<String> =
            rows.iter().map(|(_, _, good, id)| format!("{}{id}", if *good { "" } else { "F" })).collect();
        words.join(" ")
    }

    fn logs(&self, query: &str) -> (u16, String) {
        let page = self.exporter.get(&format!("/logs{query}"));
        (page.status, page.text())
    }
}

impl Drop for History {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.good);
    }
}

fn rings() -> Vec<Scenario> {
    vec![
        scenario("the_newest_are_kept", |side| {
            let history = History::new(side, "newest", &["--history.limit=2"]);
            history.probe("ggg");
            assert_eq!(history.numbers(), "2 1");
        }),
        scenario("failures_are_preserved", |side| {
            let history = History::new(side, "preserved", &["--history.limit=3"]);
            history.probe("gbgbgggg");
            assert_eq!(history.numbers(), "7 6 5 F3 F1");
            assert_eq!(history.logs("?id=0"), (404, "Probe id not found\n".into()));
            assert_eq!(history.logs("?id=1").0, 200);
        }),
        scenario("preserved_failures_are_limited_too", |side| {
            let history = History::new(side, "limited", &["--history.limit=2"]);
            history.probe("bbbbggg");
            assert_eq!(history.numbers(), "6 5 F3 F2");
        }),
        scenario("failures_among_the_newest_are_not_there_twice", |side| {
            let history = History::new(side, "twice", &["--history.limit=5"]);
            history.probe("bgb");
            assert_eq!(history.numbers(), "F2 1 F0");
        }),
        scenario("a_limit_of_one", |side| {
            let history = History::new(side, "one", &["--history.limit=1"]);
            history.probe("bgbg");
            assert_eq!(history.numbers(), "3 F2");
        }),
        scenario("a_limit_of_nothing", |side| {
            let history = History::new(side, "nothing", &["--history.limit=0"]);
            history.probe("bg");
            assert_eq!(history.numbers(), "");
            assert_eq!(history.logs("?id=0"), (404, "Probe id not found\n".into()));
        }),
        scenario("a_hundred_by_default", |side| {
            let history = History::new(side, "hundred", &[]);
            history.probe(&"g".repeat(103));
            let rows = history.rows();
            assert_eq!((rows.len(), rows[0].3, rows[99].3), (100, 102, 3));
        }),
    ]
}

fn lookups() -> Vec<Scenario> {
    vec![
        scenario("a_log_by_its_number", |side| {
            let history = History::new(side, "number", &["--log.prober=debug"]);
            history.probe("gb");
            for (query, words) in [
                ("?id=0", "probe_success 1"),
                ("?id=1", "probe_success 0"),
                ("?id=%201", ""),
                ("?id=01", "probe_success 0"),
            ] {
                let (status, text) = history.logs(query);
                match words {
                    "" => assert_eq!(status, 400, "{query}"),
                    _ => assert!(status == 200 && text.contains(words), "{query}: {text}"),
                }
            }
        }),
        scenario("a_log_by_its_target", |side| {
            let history = History::new(side, "target", &["--log.prober=debug"]);
            history.probe("gbo");
            let (status, text) = history.logs("?target=/bad");
            assert!(status == 200 && text.contains("module=unix target=/bad"), "{text}");
            let (status, text) = history.logs("?target=/bad&module=other");
            assert!(status == 200 && text.contains("module=other target=/bad"), "{text}");
            assert_eq!(history.logs("?target=/bad&module=nope"), (404, "Probe target not found\n".into()));
            assert_eq!(history.logs("?target=/nobody"), (404, "Probe target not found\n".into()));
            assert_eq!(history.logs("?target=bad"), (404, "Probe target not found\n".into()));
        }),
        scenario("the_oldest_log_of_a_target", |side| {
            let history = History::new(side, "oldest", &["--log.prober=debug", "--history.limit=2"]);
            history.probe("obg");
            // One is preserved by now, and comes first.
            let (_, text) = history.logs("?target=/bad");
            assert!(text.contains("module=other"), "{text}");
        }),
    ]
}

fn refusals() -> Vec<Scenario> {
    vec![scenario("what_to_look_for_must_be_clear", |side| {
        let history = History::new(side, "clear", &[]);
        history.probe("b");
        const BOTH: &str = "Probe id and target can't be defined at the same time\n";
        const NEITHER: &str = "Probe id or target must be defined as http query parameters\n";
        const MODULE: &str = "Probe module filter only works in conjunction with target parameter\n";
        for (query, status, words) in [
            ("", 400, NEITHER),
            ("?", 400, NEITHER),
            ("?id=", 400, NEITHER),
            ("?id=x", 400, NEITHER),
            ("?id=-1", 400, NEITHER),
            ("?id=1.0", 400, NEITHER),
            ("?target=", 400, NEITHER),
            ("?module=unix", 400, NEITHER),
            ("?id=0&target=/bad", 400, BOTH),
            ("?id=0&target=/bad&module=unix", 400, BOTH),
            ("?id=0&module=unix", 400, MODULE),
            ("?id=7", 404, "Probe id not found\n"),
            ("?id=99999999999999999999", 400, NEITHER),
        ] {
            assert_eq!(history.logs(query), (status, words.into()), "{query}");
        }
        assert_eq!(history.logs("?id=x&target=/bad").0, 200, "a number that is none does not matter");
    })]
}

fn pages() -> Vec<Scenario> {
    vec![
        scenario("a_log_is_the_debug_page", |side| {
            let history = History::new(side, "page", &["--log.prober=debug"]);
            let page = history.exporter.get("/probe?module=unix&target=/bad&debug=true");
            let kept = history.exporter.get("/logs?id=0");
            assert_eq!(page.text(), kept.text());
            assert_eq!(kept.header("content-type"), Some("text/plain"));
        }),
        scenario("a_probe_without_debug_has_a_log_too", |side| {
            let history = History::new(side, "quiet", &["--log.prober=debug"]);
            history.probe("b");
            let text = history.logs("?id=0").1;
            for words in [
                "Logs for the probe:\n",
                "msg=\"Beginning probe\"",
                "probe_success 0",
                "Module configuration:\nprober: unix\n",
            ] {
                assert!(text.contains(words), "{words} is missing:\n{text}");
            }
        }),
        scenario("a_log_has_the_level_of_the_probes", |side| {
            let history = History::new(side, "level", &[]);
            history.probe("gb");
            assert!(
                history
                    .logs("?id=0")
                    .1
                    .starts_with("Logs for the probe:\n\n\n\nMetrics that would have been returned:\n")
            );
            let text = history.logs("?id=1").1;
            assert!(text.contains("level=ERROR") && !text.contains("level=DEBUG"), "{text}");
        }),
        scenario("refused_requests_are_no_probes", |side| {
            let history = History::new(side, "refused", &[]);
            for path in ["/probe?module=nope&target=/a", "/probe?module=unix", "/metrics"] {
                history.exporter.get(path);
            }
            assert_eq!(history.rows(), []);
        }),
        scenario("the_history_survives_reloading", |side| {
            let history = History::new(side, "reload", &[]);
            history.probe("bg");
            history.exporter.configuration().write("modules: {unix: {prober: unix, timeout: 3s}}");
            assert_eq!(history.exporter.post("/-/reload", "").status, 200);
            history.probe("b");
            assert_eq!(history.numbers(), "F2 1 F0");
        }),
        scenario("numbers_are_given_once", |side| {
            let history = History::new(side, "once", &[]);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| history.probe("bbb"));
                }
            });
            let mut numbers: Vec<u32> = history.rows().iter().map(|row| row.3).collect();
            numbers.sort_unstable();
            assert_eq!(numbers, (0..24).collect::<Vec<_>>());
        }),
        scenario("a_row_names_module_and_target", |side| {
            let history = History::new(side, "row", &[]);
            history.probe("go");
            let good = history.good.display().to_string();
            assert_eq!(
                history.rows(),
                [("other".into(), "/bad".into(), false, 1), ("unix".into(), good, true, 0)]
            );
        }),
    ]
}
