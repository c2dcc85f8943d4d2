//! Asks, and judges the answer.

use std::net::IpAddr;

use tokio::time::Instant;
use tracing::debug;

use super::series::{
    ADDITIONAL_RECORDS, ANSWER_RECORDS, AUTHORITY_RECORDS, DURATION, PhaseTimer, QUERY_SUCCEEDED, SERIAL,
    declare,
};
use super::settings::{DnsSettings, TARGET_PLACEHOLDER};
use super::transport::{Transport, Way};
use super::verdict::judge;
use crate::model::{Exchange, HostPort, Outcome, Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::tls::TlsClient;
use crate::net::{BoxFuture, Policy, ScopedIp, port_number, random_id};
use crate::prober::shared::choose;
use crate::prober::{Context, Prober};
use crate::wire::dns::{Class, DnsError, LARGEST_WITHOUT_EDNS, Message, Name, Query, RecordType};

/// Where the name server is, and how it is spoken to.
struct Server<'a> {
    address: ScopedIp,
    host: &'a str,
    port: &'a str,
    client: Option<TlsClient>,
}

/// Probes name servers.
#[derive(Clone, Debug)]
pub struct DnsProber {
    settings: DnsSettings,
}

impl DnsProber {
    /// A prober with these settings.
    pub fn new(settings: DnsSettings) -> Self {
        Self { settings }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        // A server of the module's is the operator's choice; only the question is the target's.
        let operator = Policy::operator();
        let policy = if self.settings.server.is_some() { &operator } else { cx.policy };
        let cx = &Context { policy, ..*cx };
        declare(out);
        let transport = Transport::of(&self.settings, out)?;
        let server = self.settings.server.as_deref().unwrap_or(cx.target.as_str());
        let HostPort { host, port } =
            HostPort::parse(server).unwrap_or(HostPort { host: server, port: transport.default_port() });
        let start = Instant::now();
        let address = choose(host, self.settings.preference(), cx, out).await?;
        // A lookup that fails keeps its zero, as in the reference exporter.
        out.set(&DURATION, ["resolve"], start.elapsed());
        out.phase = Phase::Setup;
        let client = transport.client(&self.settings, &cx.services.roots, out)?;
        self.settings.egress.check_source("Using local address", out)?;

        out.begin(Severity::Error, "Error while sending a DNS query");
        let server = Server { address, host, port, client };
        let mut message = self.ask(&server, transport, cx, out).await?;
        if message.is_truncated && self.settings.retry_over_tcp && transport.is_udp() {
            debug!("the answer is truncated, asking again over TCP");
            out.note("transport", "tcp, since the answer over UDP was truncated");
            message = self.ask(&server, Transport::Tcp, cx, out).await?;
        }
        out.end_step();
        out.phase = Phase::Validate;
        self.record(&message, out);
        judge(&self.settings, &message, out)
    }

    /// Connects, asks, and reads the answer to this very question.
    async fn ask(
        &self,
        server: &Server<'_>,
        transport: Transport,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<Message, ProbeError> {
        out.phase = Phase::Connect;
        self.say_asking(server, transport, out);
        let mut connection = {
            let _timer = PhaseTimer::start("connect", out);
            transport.open(&self.way(server, cx)?).await?
        };
        out.phase = Phase::Request;
        // Only now, as in the reference exporter: a name that cannot be sent leaves the connection timed.
        let query = self.query(transport, cx)?;
        let start = Instant::now();
        let answer = {
            let _timer = PhaseTimer::start("request", out);
            let longest = self.settings.edns_udp_size.unwrap_or(LARGEST_WITHOUT_EDNS);
            connection.exchange(&query.emit(), longest.into()).await?
        };
        let outcome = Outcome::Reply { rtt: start.elapsed(), hop_limit: None, bytes: answer.len() };
        out.exchange(Exchange { sequence: 0, outcome });
        let message = Message::parse(&answer).map_err(broken)?;
        query.check(&message).map_err(broken)?;
        if out.keeps_log(Severity::Debug) {
            out.log(Severity::Debug, "Got response", &[("response", &message)]);
        }
        Ok(message)
    }

    fn say_asking(&self, server: &Server<'_>, transport: Transport, out: &mut Recorder) {
        let ip = server.address.ip;
        let (version, bracketed) = match ip {
            IpAddr::V4(_) => ('4', ip.to_string()),
            IpAddr::V6(_) => ('6', format!("[{ip}]")),
        };
        let network = transport.network(version);
        out.log(
            Severity::Debug,
            "Making DNS query",
            &[
                ("target", &format_args!("{bracketed}:{}", server.port)),
                ("dial_protocol", &network),
                ("query", &self.settings.query_name),
                ("type", &self.settings.query_type.unwrap_or(RecordType::ANY).0),
                ("class", &self.settings.query_class.unwrap_or(Class::IN).0),
            ],
        );
    }

    /// Where to connect, and how packets leave.
    fn way<'a>(&'a self, server: &'a Server<'_>, cx: &Context<'_>) -> Result<Way<'a>, ProbeError> {
        let egress = self.settings.egress.resolve(server.address.ip, None)?;
        let port = port_number(server.port).ok_or_else(|| {
            ProbeError::new(Reason::Target, Phase::Connect, format!("unknown port {:?}", server.port))
        })?;
        let address = cx.policy.approve(server.address.with_port(port)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Connect, denied.to_string()).caused_by(denied)
        })?;
        let client = server.client.as_ref();
        let path = &self.settings.https_path;
        Ok(Way { address, egress, client, host: server.host, path, deadline: cx.deadline })
    }

    fn query(&self, transport: Transport, cx: &Context<'_>) -> Result<Query, ProbeError> {
        let name = &self.settings.query_name;
        let is_template = self.settings.server.is_some() && name.contains(TARGET_PLACEHOLDER);
        let (name, reason) = if is_template {
            (name.replace(TARGET_PLACEHOLDER, cx.target.as_str()), Reason::Target)
        } else {
            (name.clone(), Reason::Configuration)
        };
        let name = name.parse::<Name>().map_err(|error| {
            ProbeError::new(reason, Phase::Request, format!("cannot ask about {name:?}")).caused_by(error)
        })?;
        Ok(Query {
            id: if transport.has_no_id() { 0 } else { random_id() },
            name,
            kind: self.settings.query_type.unwrap_or(RecordType::ANY),
            class: self.settings.query_class.unwrap_or(Class::IN),
            recursion_desired: self.settings.recursion_desired,
            edns_udp_size: self.settings.edns_udp_size,
        })
    }

    fn record(&self, message: &Message, out: &mut Recorder) {
        out.put(&ANSWER_RECORDS, message.answer.len() as u64);
        out.put(&AUTHORITY_RECORDS, message.authority.len() as u64);
        out.put(&ADDITIONAL_RECORDS, message.additional.len() as u64);
        out.put(&QUERY_SUCCEEDED, true);
        if self.settings.query_type == Some(RecordType::SOA) {
            let last = message.answer.iter().filter_map(|record| record.serial).next_back();
            out.put(&SERIAL, last.unwrap_or_default().into());
        }
    }
}

fn broken(error: DnsError) -> ProbeError {
    let reason = if error == DnsError::TextLength { Reason::Limit } else { Reason::Protocol };
    ProbeError::new(reason, Phase::Request, "the answer is of no use").caused_by(error)
}

impl Prober for DnsProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}
