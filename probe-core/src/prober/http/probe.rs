//! The whole probe, in the reference exporter's order.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::HttpSettings;
use super::journey::Journey;
use super::opening::Opening;
use super::series::{REDIRECTS, add, declare};
use super::{target, timings, verdict};
use crate::model::{Phase, ProbeError, Recorder, Severity};
use crate::net::{BoxFuture, ScopedIp};
use crate::prober::shared::http_client::HttpClient;
use crate::prober::shared::{Limit, Preference, choose};
use crate::prober::{Context, Prober};
use crate::wire::url::Url;

/// Probes over HTTP.
#[derive(Clone, Debug)]
pub struct HttpProber {
    settings: HttpSettings,
    body: Bytes,
}

impl HttpProber {
    /// A prober with these settings.
    pub fn new(settings: HttpSettings) -> Self {
        let body = Bytes::copy_from_slice(&settings.body);
        Self { settings, body }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        let settings = &self.settings;
        let has_expressions = settings.fail_if_body_json_matches_cel.is_some()
            || settings.fail_if_body_json_not_matches_cel.is_some();
        declare(has_expressions, out);
        out.begin(Severity::Error, "Could not parse target URL");
        let target = target::read(cx.target.as_str(), settings.enable_http3, out)?;
        // A lookup that fails has lines of its own.
        out.end_step();
        cx.policy.approve_scheme(&target.scheme)?;
        let address = self.resolve(&target, cx, out).await?;

        out.begin(Severity::Error, "Error generating HTTP client");
        let preference = self.preference();
        let client =
            HttpClient::new(&settings.client.tls, &settings.client.proxy, &settings.egress, preference, cx)?
                .offering_http2(settings.client.enable_http2);
        out.begin(Severity::Error, "Error creating request");
        let opening = Opening::new(&target, address, settings, &self.body)?;

        out.begin(Severity::Error, "Error for HTTP request");
        for phase in ["connect", "tls", "processing", "transfer"] {
            add(phase, Duration::ZERO, out);
        }
        out.phase = Phase::Connect;
        let mut limit = Limit::at(cx.deadline);
        let mut journey = Journey::new(settings, client, opening, address, cx);
        let result = journey.travel(&mut limit, out).await;
        out.put(&REDIRECTS, journey.redirects);
        match result {
            Ok(arrival) => {
                Box::pin(verdict::judge(arrival, &mut journey.hops, settings, &mut limit, cx, out)).await
            }
            Err(error) => {
                out.end_step();
                out.log(Severity::Error, "Error for HTTP request", &[("err", &error.chain())]);
                timings::record(&journey.hops, out);
                Err(error)
            }
        }
    }

    /// The address of the target, unless a proxy is to resolve its name.
    async fn resolve(
        &self,
        target: &Url,
        cx: &Context<'_>,
        out: &mut Recorder,
    ) -> Result<Option<ScopedIp>, ProbeError> {
        if self.settings.skip_resolve_phase_with_proxy && self.settings.client.proxy.is_given() {
            return Ok(None);
        }
        let begun = Instant::now();
        let chosen = choose(target.host_name(), self.preference(), cx, out).await;
        add("resolve", begun.elapsed(), out);
        chosen.map(Some)
    }

    fn preference(&self) -> Preference {
        Preference::from_text(&self.settings.preferred_ip_protocol, self.settings.ip_protocol_fallback)
    }
}

impl Prober for HttpProber {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}

#[cfg(test)]
mod tests;
