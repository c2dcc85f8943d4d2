//! One row of a table of cases.

use super::expected::Expected;
use super::exporter::Side;
use super::places::Places;
use super::series::EVERY_PROBE;
use super::servers::Server;

/// What a machine must have for a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Echo requests can be sent.
    Icmp,
    /// `::1` is there.
    Ipv6,
    /// Raw sockets.
    RawIcmp,
}

/// A module, servers, a target, and what must come out.
///
/// Texts may name servers and files, see [`Places`]. Unless it says otherwise a case succeeds with
/// the series of its base, and nothing worse than DEBUG is said.
#[derive(Clone)]
pub struct Case {
    /// Its group and what it shows, as in `redirects/ten_steps`; also the name of the module.
    pub name: String,
    pub(crate) servers: Vec<(&'static str, Server)>,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) said: Vec<&'static str>,
    pub(crate) seen: Vec<&'static str>,
    pub(crate) told: Vec<&'static str>,
    pub(crate) dumped: Vec<&'static str>,
    pub(crate) answer: Option<(u16, String)>,
    pub(crate) needs: Vec<Need>,
    pub(crate) apart: Vec<&'static str>,
    pub(crate) ours_alone: bool,
    series: Vec<String>,
    ours: Option<Ours>,
    module: Module,
}

/// How the module is written.
#[derive(Clone, Debug)]
enum Module {
    /// From the parts.
    Of { prober: &'static str, section: String, timeout: &'static str },
    /// As it stands.
    Whole(String),
    /// No module.
    None,
}

/// Where ours differs on purpose.
#[derive(Clone, Debug, Default)]
struct Ours {
    series: Vec<String>,
    said: Option<Vec<&'static str>>,
}

/// A case: a prober's section in YAML without its braces, and the series that it has.
#[track_caller]
pub fn probe(name: &str, prober: &'static str, section: &str, base: &[&[&str]]) -> Case {
    let base = [&[EVERY_PROBE], base].concat().concat();
    Case {
        name: name.into(),
        servers: Vec::new(),
        query: vec![("target", "@s".into())],
        headers: Vec::new(),
        said: Vec::new(),
        seen: Vec::new(),
        told: Vec::new(),
        dumped: Vec::new(),
        answer: None,
        needs: Vec::new(),
        apart: Vec::new(),
        ours_alone: false,
        series: base.into_iter().map(Into::into).collect(),
        ours: None,
        module: Module::Of { prober, section: section.into(), timeout: "20s" },
    }
}

impl Case {
    /// A server. The one called `s` is the target unless there is another.
    #[must_use]
    pub fn on(mut self, name: &'static str, server: Server) -> Self {
        self.servers.push((name, server));
        self
    }

    /// The target.
    #[must_use]
    pub fn target(self, target: impl Into<String>) -> Self {
        self.ask("target", target)
    }

    /// A parameter of the query.
    #[must_use]
    pub fn ask(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.retain(|(found, _)| *found != name);
        self.query.push((name, value.into()));
        self
    }

    /// Leaves out a parameter of the query.
    #[must_use]
    pub fn without(mut self, name: &'static str) -> Self {
        self.query.retain(|(found, _)| *found != name);
        self
    }

    /// A header of the request.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The module's timeout.
    #[must_use]
    pub fn timeout(mut self, value: &'static str) -> Self {
        if let Module::Of { timeout, .. } = &mut self.module {
            *timeout = value;
        }
        self
    }

    /// The module as it stands, in place of what is put together.
    #[must_use]
    pub fn module(mut self, yaml: impl Into<String>) -> Self {
        self.module = Module::Whole(yaml.into());
        self
    }

    /// No module of this name.
    #[must_use]
    pub fn no_module(mut self) -> Self {
        self.module = Module::None;
        self
    }

    /// Series that differ from the base, see [`Expected::apply`].
    #[must_use]
    pub fn with(mut self, lines: &[impl AsRef<str>]) -> Self {
        self.series.extend(lines.iter().map(|line| line.as_ref().to_owned()));
        self
    }

    /// The probe fails; series that differ from the base.
    #[must_use]
    pub fn fails(self, lines: &[impl AsRef<str>]) -> Self {
        self.with(&["probe_success 0"]).with(lines)
    }

    /// The lines of at least INFO, level and message, without the verdict.
    #[must_use]
    pub fn says(mut self, lines: &[&'static str]) -> Self {
        self.said.extend_from_slice(lines);
        self
    }

    /// What servers saw, in this order; what begins with `!` nobody saw.
    #[must_use]
    pub fn saw(mut self, lines: &[&'static str]) -> Self {
        self.seen.extend_from_slice(lines);
        self
    }

    /// Attributes of lines of any level: `Message name=value`.
    #[must_use]
    pub fn tells(mut self, lines: &[&'static str]) -> Self {
        self.told.extend_from_slice(lines);
        self
    }

    /// The module is shown with these lines, one behind the other; what begins with `!` is shown nowhere.
    #[must_use]
    pub fn dumps(mut self, text: &'static str) -> Self {
        self.dumped.push(text);
        self
    }

    /// There is no probe, only an answer.
    #[must_use]
    pub fn answers(mut self, status: u16, body: impl Into<String>) -> Self {
        self.answer = Some((status, body.into()));
        self
    }

    /// What the machine must have.
    #[must_use]
    pub fn needs(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// The reference exporter is not asked: it crashes, hangs, or does not have this. The reason is for people.
    #[must_use]
    pub fn ours_alone(mut self, _why: &'static str) -> Self {
        self.ours_alone = true;
        self
    }

    /// Ours has other series on purpose. The reason is for people: it stands in `docs/DEVIATIONS.md`.
    #[must_use]
    pub fn ours(mut self, _why: &'static str, lines: &[&str]) -> Self {
        let ours = self.ours.get_or_insert_default();
        ours.series.extend(lines.iter().map(|line| (*line).to_owned()));
        self
    }

    /// Ours says other things on purpose.
    #[must_use]
    pub fn ours_says(mut self, _why: &'static str, lines: &[&'static str]) -> Self {
        self.ours.get_or_insert_default().said = Some(lines.to_vec());
        self
    }

    /// What is not compared of the two: `log`, `module`, `seen`, or a family.
    #[must_use]
    pub fn apart(mut self, _why: &'static str, parts: &[&'static str]) -> Self {
        self.apart.extend_from_slice(parts);
        self
    }

    /// Whether ours differs on purpose in more than single parts.
    pub(crate) fn deviates(&self) -> bool {
        self.ours.is_some()
    }

    /// The series that one side must have.
    #[track_caller]
    pub(crate) fn expected(&self, side: Side) -> Expected {
        let mut expected = Expected::default();
        expected.apply(&self.series);
        for ours in self.ours.iter().filter(|_| side == Side::Ours) {
            expected.apply(&ours.series);
        }
        expected
    }

    /// The lines that one side must say.
    pub(crate) fn said(&self, side: Side) -> &[&'static str] {
        let own = self.ours.as_ref().filter(|_| side == Side::Ours).and_then(|ours| ours.said.as_ref());
        own.unwrap_or(&self.said)
    }

    /// The module in YAML, if there is one.
    pub(crate) fn yaml(&self, places: &Places) -> Option<String> {
        let text = match &self.module {
            Module::Of { prober, section, timeout } => {
                format!("{{prober: {prober}, timeout: {timeout}, {prober}: {{{section}}}}}")
            }
            Module::Whole(text) => text.clone(),
            Module::None => return None,
        };
        Some(places.fill(&text))
    }
}
