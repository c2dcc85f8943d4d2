//! Asks, and judges the answer.

use std::net::{IpAddr, SocketAddr};

use tokio::time::Instant;
use tracing::debug;

use super::series::{
    ADDITIONAL_RECORDS, ANSWER_RECORDS, AUTHORITY_RECORDS, PhaseTimer, QUERY_SUCCEEDED, SERIAL, declare,
};
use super::settings::{DnsSettings, TARGET_PLACEHOLDER};
use super::verdict::judge;
use crate::model::{Exchange, HostPort, Outcome, Phase, ProbeError, Reason, Recorder};
use crate::net::{
    Approved, BoxFuture, DnsConnection, DnsTransport, Egress, Policy, ScopedIp, port_number, random_id,
};
use crate::prober::shared::choose;
use crate::prober::{Context, Prober};
use crate::wire::dns::{Class, DnsError, LARGEST_WITHOUT_EDNS, Message, Name, Query, RecordType};

/// Where name servers listen.
const PORT: &str = "53";
/// Where they listen for TLS (RFC 7858).
const TLS_PORT: &str = "853";

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
        let transport = self.transport()?;
        let server = self.settings.server.as_deref().unwrap_or(cx.target.as_str());
        let HostPort { host, port } = HostPort::parse(server).unwrap_or(HostPort {
            host: server,
            port: if self.settings.dns_over_tls { TLS_PORT } else { PORT },
        });
        let address = {
            let timer = PhaseTimer::start("resolve", out);
            choose(host, self.settings.preference(), cx, timer.out).await?
        };
        out.phase = Phase::Setup;
        self.check_tls(transport)?;
        self.check_source()?;

        let mut message = self.ask(address, port, transport, cx, out).await?;
        if message.is_truncated && self.settings.retry_over_tcp && transport == DnsTransport::Udp {
            debug!("the answer is truncated, asking again over TCP");
            out.note("transport", "tcp, since the answer over UDP was truncated");
            message = self.ask(address, port, DnsTransport::Tcp, cx, out).await?;
        }
        out.phase = Phase::Validate;
        self.record(&message, out);
        judge(&self.settings, &message)
    }

    fn transport(&self) -> Result<DnsTransport, ProbeError> {
        match self.settings.transport_protocol.as_str() {
            "" | "udp" => Ok(DnsTransport::Udp),
            "tcp" => Ok(DnsTransport::Tcp),
            other => {
                let detail = format!("expected transport protocol udp or tcp, found {other:?}");
                Err(ProbeError::new(Reason::Configuration, Phase::Prepare, detail))
            }
        }
    }

    fn check_tls(&self, transport: DnsTransport) -> Result<(), ProbeError> {
        let detail = match transport {
            _ if !self.settings.dns_over_tls => return Ok(()),
            DnsTransport::Udp => "expected transport protocol tcp for dns_over_tls",
            DnsTransport::Tcp => "dns_over_tls is set, and this version cannot do it yet",
        };
        Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail))
    }

    /// A source address that is none is refused before there is anything to connect, one that does not fit while
    /// connecting, as in the reference exporter.
    fn check_source(&self) -> Result<(), ProbeError> {
        let source = &self.settings.egress.source_ip_address;
        if source.is_empty() || source.parse::<IpAddr>().is_ok() {
            return Ok(());
        }
        let detail = format!("error parsing source ip address: {source}");
        Err(ProbeError::new(Reason::Configuration, Phase::Setup, detail))
    }

    /// Connects, asks, and reads the answer to this very question.
    async fn ask(
        &self,
        address: ScopedIp,
        port: &str,
        transport: DnsTransport,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<Message, ProbeError> {
        out.phase = Phase::Connect;
        let connection = {
            let _timer = PhaseTimer::start("connect", out);
            let (approved, egress) = self.way(address, port, cx)?;
            DnsConnection::open(approved, &egress, transport).await?
        };
        out.phase = Phase::Request;
        // Only now, as in the reference exporter: a name that cannot be sent leaves the connection timed.
        let query = self.query(cx)?;
        debug!(name = %query.name, kind = %query.kind, class = %query.class, ?transport, "making DNS query");
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
        debug!(rcode = %message.rcode, answer = message.answer.len(), "got response");
        Ok(message)
    }

    /// Where to connect, and how packets leave.
    fn way(
        &self,
        address: ScopedIp,
        port: &str,
        cx: &Context<'_>,
    ) -> Result<(Approved<SocketAddr>, Egress), ProbeError> {
        let egress = self.settings.egress.resolve(address.ip, None)?;
        let port = port_number(port).ok_or_else(|| {
            ProbeError::new(Reason::Target, Phase::Connect, format!("unknown port {port:?}"))
        })?;
        let approved = cx.policy.approve(address.with_port(port)).map_err(|denied| {
            ProbeError::new(Reason::Policy, Phase::Connect, denied.to_string()).caused_by(denied)
        })?;
        Ok((approved, egress))
    }

    fn query(&self, cx: &Context<'_>) -> Result<Query, ProbeError> {
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
            id: random_id(),
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
