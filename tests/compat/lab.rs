//! Runs a table: starts the servers, writes one configuration, starts the exporters, and tries case by case.
//!
//! A case is up to three trials: `NAME` holds ours to what the case says, `reference::NAME` proves that it is true of the
//! reference exporter, and `alike::NAME` compares whatever else can be seen of the two.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::{Arc, LazyLock, OnceLock};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use tokio::runtime::Runtime;

use super::case::{Case, Need};
use super::certificates::Folder;
use super::exporter::{self, Exporter, Side};
use super::fetch;
use super::observed::Observed;
use super::places::Places;
use super::scenario::Scenario;
use super::servers::Running;

/// Cases wait more than they work.
const AT_A_TIME: usize = 16;

/// Where all servers run.
pub(crate) static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime")
});

/// Runs groups of cases, and some scenarios, as the trials of a test program.
pub fn run(groups: Vec<(&str, Vec<Case>)>, scenarios: Vec<Scenario>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(AT_A_TIME);
    let cases = name(groups);
    let reference = Side::Reference.program();
    let lab = Arc::new(Lab::new(cases));
    let mut trials = Vec::new();
    for index in 0..lab.cases.len() {
        let case = &lab.cases[index];
        trials.push(trial(case.name.clone(), &lab, move |lab| lab.hold(Side::Ours, index)));
        if reference.is_ok() && !case.ours_alone {
            let name = format!("reference::{}", case.name);
            trials.push(trial(name, &lab, move |lab| lab.hold(Side::Reference, index)));
            if !case.deviates() {
                trials.push(trial(format!("alike::{}", case.name), &lab, move |lab| lab.compare(index)));
            }
        }
    }
    for scenario in scenarios {
        let ours = scenario.clone();
        trials.push(trial(scenario.name.clone(), &lab, move |_| play(&ours, Side::Ours)));
        if reference.is_ok() && !scenario.ours_alone {
            let name = format!("reference::{}", scenario.name);
            trials.push(trial(name, &lab, move |_| play(&scenario, Side::Reference)));
        }
    }
    if let Err(reason) = reference {
        let ignored = move || Ok(Completion::ignored_with(reason));
        trials.push(Trial::ignorable_test("the_reference_exporter_does_the_same", ignored));
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Every case with its group in its name.
fn name(groups: Vec<(&str, Vec<Case>)>) -> Vec<Case> {
    let mut names = BTreeSet::new();
    let mut named = Vec::new();
    for (group, cases) in groups {
        for mut case in cases {
            case.name = format!("{group}/{}", case.name);
            assert!(names.insert(case.name.clone()), "two cases are called {}", case.name);
            named.push(case);
        }
    }
    named
}

fn trial(
    name: String,
    lab: &Arc<Lab>,
    run: impl FnOnce(&Lab) -> Result<Completion, Failed> + Send + 'static,
) -> Trial {
    let lab = lab.clone();
    if let Some(gap) = known_gap(&name) {
        return Trial::ignorable_test(name, move || Ok(Completion::ignored_with(gap)));
    }
    Trial::ignorable_test(name, move || run(&lab))
}

/// Why a trial fails that is known to: the list of tests that may be ignored says so, for everybody to see.
fn known_gap(name: &str) -> Option<&'static str> {
    const LISTED: &str = include_str!("../allowed-ignored");

    let lines = LISTED.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| line.split_once("  "))
        .find(|(listed, _)| *listed == name)
        .map(|(_, why)| why.trim())
}

fn play(scenario: &Scenario, side: Side) -> Result<Completion, Failed> {
    if let Err(reason) = side.program() {
        return Ok(Completion::ignored_with(reason));
    }
    (scenario.run)(side);
    Ok(Completion::Completed)
}

/// Everything that the trials share.
struct Lab {
    cases: Vec<Case>,
    folder: OnceLock<Folder>,
    ours: OnceLock<Result<Bench, String>>,
    reference: OnceLock<Result<Bench, String>>,
    /// By case: what ours showed, and what the reference.
    observed: Vec<[OnceLock<Result<Observed, String>>; 2]>,
}

/// A running exporter with a module a case, and servers a case.
struct Bench {
    exporter: Exporter,
    set_up: Vec<SetUp>,
    refused: BTreeMap<String, String>,
}

struct SetUp {
    servers: Vec<Running>,
    places: Places,
    yaml: Option<String>,
}

impl Lab {
    fn new(cases: Vec<Case>) -> Self {
        let observed = cases.iter().map(|_| Default::default()).collect();
        Self { cases, folder: OnceLock::new(), ours: OnceLock::new(), reference: OnceLock::new(), observed }
    }

    /// What the case says holds of one side.
    fn hold(&self, side: Side, index: usize) -> Result<Completion, Failed> {
        if let Some(reason) = self.obstacle(side, index) {
            return Ok(Completion::ignored_with(reason));
        }
        let case = &self.cases[index];
        let observed = self.observe(side, index)?;
        let mut problems = Vec::new();
        if let Some((status, body)) = &case.answer {
            let (found, text) = (observed.status, observed.body.as_str());
            if (found, text) != (*status, body.as_str()) {
                problems.push(format!("answered {found} {text:?}, expected {status} {body:?}"));
            }
        } else {
            problems.extend(case.expected(side).check(&observed.exposition));
            let said = observed.said();
            if said != case.said(side) {
                problems.push(format!("said {said:?}, expected {:?}", case.said(side)));
            }
        }
        problems.extend(missing_lines(&case.seen, &observed.seen));
        problems.extend(
            case.told.iter().filter(|line| !observed.tells(line)).map(|line| format!("not told: {line}")),
        );
        problems.extend(case.dumped.iter().filter_map(|text| observed.problem_with_dump(text)));
        if problems.is_empty() {
            return Ok(Completion::Completed);
        }
        problems.push(format!("seen: {:#?}\nlog:", observed.seen));
        problems.extend(observed.log.iter().map(|line| format!("    {} {:?}", line.headline(), line.fields)));
        Err(format!("{side}:\n{}", problems.join("\n")).into())
    }

    /// Whatever else can be seen of the two is the same.
    fn compare(&self, index: usize) -> Result<Completion, Failed> {
        if let Some(reason) = self.obstacle(Side::Ours, index) {
            return Ok(Completion::ignored_with(reason));
        }
        let (ours, reference) = (self.observe(Side::Ours, index)?, self.observe(Side::Reference, index)?);
        let differences = ours.differences(reference, &self.cases[index].apart);
        if differences.is_empty() { Ok(Completion::Completed) } else { Err(differences.join("\n").into()) }
    }

    /// Why a case cannot be tried here.
    fn obstacle(&self, side: Side, index: usize) -> Option<String> {
        let missing = self.cases[index].needs.iter().find_map(|need| need.missing());
        side.program().err().or_else(|| missing.map(Into::into))
    }

    /// One side is asked once, however many trials want to know.
    fn observe(&self, side: Side, index: usize) -> Result<&Observed, Failed> {
        let cell = &self.observed[index][usize::from(side == Side::Reference)];
        let observed = cell.get_or_init(|| {
            let (case, bench) = (&self.cases[index], self.bench(side)?);
            match bench.refused.get(&case.name) {
                Some(error) => Err(format!("{side} refuses the module: {error}")),
                None => bench.observe(case, &bench.set_up[index]),
            }
        });
        observed.as_ref().map_err(Into::into)
    }

    fn bench(&self, side: Side) -> Result<&Bench, String> {
        let cell = match side {
            Side::Ours => &self.ours,
            Side::Reference => &self.reference,
        };
        let folder = self.folder.get_or_init(Folder::make);
        cell.get_or_init(|| Bench::start(side, &self.cases, folder)).as_ref().map_err(Clone::clone)
    }
}

impl Bench {
    fn start(side: Side, cases: &[Case], folder: &Folder) -> Result<Self, String> {
        let set_up: Vec<SetUp> = cases.iter().map(|case| SetUp::of(case, side, folder)).collect();
        let modules = || {
            let named = cases.iter().zip(&set_up).filter(|(case, _)| side == Side::Ours || !case.ours_alone);
            named.filter_map(|(case, set_up)| Some((case.name.as_str(), set_up.yaml.as_deref()?)))
        };
        let mut refused = BTreeMap::new();
        find_refused(side, folder, &modules().collect::<Vec<_>>(), &mut refused);
        let good = modules().filter(|(name, _)| !refused.contains_key(*name));
        let file = folder.write(&format!("{side:?}.yml"), &configuration(good));
        let arguments = [format!("--config.file={file}"), "--log.prober=debug".into()];
        let exporter = Exporter::start_by(side, |program| {
            let mut command = std::process::Command::new(program);
            for variable in ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"]
            {
                command.env_remove(variable);
            }
            command.args(&arguments);
            command
        })?;
        Ok(Self { exporter, set_up, refused })
    }

    fn observe(&self, case: &Case, set_up: &SetUp) -> Result<Observed, String> {
        let mut path = "/probe?debug=true".to_owned();
        let named = case.query.iter().any(|(name, _)| *name == "module");
        if !named {
            path += &format!("&module={}", case.name);
        }
        for (name, value) in &case.query {
            path += &format!("&{name}={}", fetch::escape(&set_up.places.fill(value)));
        }
        let response = fetch::get(self.exporter.address, &path, &case.headers)?;
        let mut observed = Observed { status: response.status, ..Observed::default() };
        let body = set_up.places.mask(&response.text());
        match case.answer {
            Some(_) => observed.body = body,
            None if response.status == 200 => observed.read(&body)?,
            None => return Err(format!("answered {}: {body}", response.status)),
        }
        for server in &set_up.servers {
            observed.seen.extend(server.seen(self.exporter.side).iter().map(|line| set_up.places.mask(line)));
        }
        Ok(observed)
    }
}

impl SetUp {
    fn of(case: &Case, side: Side, folder: &Folder) -> Self {
        let mut places = folder.places();
        let bound: Vec<_> =
            case.servers.iter().map(|(name, server)| server.bind(name, side, folder)).collect();
        for server in &bound {
            server.name_in(&mut places);
        }
        let yaml = case.yaml(&places);
        let servers = bound.into_iter().map(|server| server.run(&places, folder)).collect();
        Self { servers, places, yaml }
    }
}

impl Need {
    /// Why the machine does not have it, if so.
    fn missing(self) -> Option<&'static str> {
        use socket2::{Domain, Protocol, Socket, Type};

        let opens = |domain, kind, protocol| Socket::new(domain, kind, Some(protocol)).is_ok();
        let (v4, icmp) = (Domain::IPV4, Protocol::ICMPV4);
        match self {
            Self::Icmp if opens(v4, Type::DGRAM, icmp) || opens(v4, Type::RAW, icmp) => None,
            Self::Icmp => Some("this process may not send echo requests"),
            Self::Ipv6 if std::net::TcpListener::bind("[::1]:0").is_ok() => None,
            Self::Ipv6 => Some("there is no ::1"),
            Self::RawIcmp if opens(v4, Type::RAW, icmp) => None,
            Self::RawIcmp => Some("this process may not open raw sockets"),
        }
    }
}

fn configuration<'a>(modules: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = "modules:\n".to_owned();
    for (name, yaml) in modules {
        // A module may take several lines, which must be indented.
        text += &format!("  {name}: {}\n", yaml.replace('\n', "\n    "));
    }
    text
}

/// Which modules one side refuses, and what it says: a module that is refused must take no other with it.
fn find_refused(
    side: Side,
    folder: &Folder,
    modules: &[(&str, &str)],
    refused: &mut BTreeMap<String, String>,
) {
    let file = folder.write(&format!("check-{side:?}.yml"), &configuration(modules.iter().copied()));
    let arguments = ["--config.check".into(), format!("--config.file={file}")];
    let output = exporter::run(side, &arguments).expect("the program runs");
    match modules {
        _ if output.status.success() => {}
        [(name, _)] => {
            let said = String::from_utf8_lossy(&output.stderr);
            refused.insert((*name).to_owned(), said.lines().last().unwrap_or_default().to_owned());
        }
        _ => {
            let (first, second) = modules.split_at(modules.len() / 2);
            find_refused(side, folder, first, refused);
            find_refused(side, folder, second, refused);
        }
    }
}

/// Expected lines that were not seen in this order, and those that nobody should see.
fn missing_lines(expected: &[&str], seen: &[String]) -> Vec<String> {
    let mut rest = seen.iter();
    let mut problems = Vec::new();
    for line in expected {
        match line.strip_prefix('!') {
            Some(start) => {
                let found = seen.iter().find(|found| found.starts_with(start));
                problems.extend(found.map(|found| format!("seen: {found}")));
            }
            None if !rest.any(|found| found == line) => {
                problems.push(format!("not seen: {line}"));
                rest = seen.iter();
            }
            None => {}
        }
    }
    problems
}
