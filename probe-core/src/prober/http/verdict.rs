//! Judges the answer at the end, and records what it was like.

use std::borrow::Cow;
use std::ops::ControlFlow;

use http::header::LAST_MODIFIED as LAST_MODIFIED_HEADER;
use tokio::time::Instant;

use super::body::BodyJudge;
use super::header_rules::judge_headers;
use super::http_date;
use super::journey::Arrival;
use super::series::{CONTENT_LENGTH, LAST_MODIFIED, SSL, STATUS_CODE, UNCOMPRESSED_BODY_LENGTH, VERSION};
use super::settings::HttpSettings;
use super::timings;
use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::http::{Response, Times};
use crate::net::tls::TlsFacts;
use crate::prober::Context;
use crate::prober::shared::{CIPHER, Limit, out_of_time, record_tls};

/// Judges the answer at the end. Each check is made and reported even if an earlier one has failed, unless it builds on that;
/// the first failure counts.
pub(super) async fn judge(
    arrival: Arrival,
    hops: &mut [Times],
    settings: &HttpSettings,
    limit: &mut Limit,
    cx: &Context<'_>,
    out: &mut Recorder,
) -> Result<(), ProbeError> {
    out.end_step();
    let Arrival { mut response, facts, is_refused, is_gzip } = arrival;
    out.log(Severity::Debug, "Received HTTP response", &[("status_code", &response.status)]);
    out.put(&STATUS_CODE, response.status.into());
    out.put(&CONTENT_LENGTH, response.content_length.map_or(-1.0, |length| length as f64));
    out.put(&SSL, facts.is_some());
    let mut verdict = judge_status(&response, settings, out);
    if verdict.is_ok() {
        verdict = judge_headers(settings, &response.headers, out);
    }

    out.phase = Phase::Transfer;
    let settings_of_body = if is_gzip && settings.compression.is_empty() {
        Cow::Owned(HttpSettings { compression: "gzip".to_owned(), ..settings.clone() })
    } else {
        Cow::Borrowed(settings)
    };
    let mut body = BodyJudge::new(&settings_of_body, verdict.is_ok(), out);
    if is_refused {
        body.close();
    } else {
        read(&mut response, &mut body, limit).await;
    }
    out.put(&UNCOMPRESSED_BODY_LENGTH, body.uncompressed_length());
    out.phase = Phase::Validate;
    verdict = verdict.and(body.judge(cx.deadline, out).await);
    if let Some(times) = hops.last_mut() {
        times.ended = Some(Instant::now());
    }

    let modified = response.headers.get(LAST_MODIFIED_HEADER).map(http::HeaderValue::as_bytes);
    if let Some(modified) = modified.and_then(http_date::parse) {
        out.put(&LAST_MODIFIED, modified as f64);
    }
    verdict = verdict.and(judge_version(&response, settings, out));
    response.close();
    timings::record(hops, out);
    judge_tls(verdict, facts.as_ref(), settings, out)
}

/// Reads the body to its end, at the latest until the deadline.
async fn read(response: &mut Response, body: &mut BodyJudge<'_>, limit: &mut Limit) {
    loop {
        let step = limit.run(async {
            match response.next().await {
                Ok(Some(bytes)) => return body.push(&bytes).await,
                Ok(None) => body.finish(),
                Err(error) => body.fail(error.at(Phase::Transfer)),
            }
            ControlFlow::Break(())
        });
        match step.await {
            Some(ControlFlow::Continue(())) => {}
            Some(ControlFlow::Break(())) => return,
            None => return body.fail(out_of_time(Phase::Transfer)),
        }
    }
}

fn judge_status(response: &Response, settings: &HttpSettings, out: &mut Recorder) -> Result<(), ProbeError> {
    let (status, valid) = (response.status, &settings.valid_status_codes);
    let wanted = if valid.is_empty() {
        if (200..300).contains(&status) {
            return Ok(());
        }
        let message = "Invalid HTTP response status code, wanted 2xx";
        out.log(Severity::Error, message, &[("status_code", &status)]);
        "2xx".to_owned()
    } else {
        if valid.contains(&status.into()) {
            return Ok(());
        }
        let codes: Vec<_> = valid.iter().map(ToString::to_string).collect();
        let codes = codes.join(" ");
        out.log(
            Severity::Error,
            "Invalid HTTP response status code",
            &[("status_code", &status), ("valid_status_codes", &format!("[{codes}]"))],
        );
        codes
    };
    Err(unmet(format!("status {status}, wanted {wanted}")))
}

fn judge_version(response: &Response, settings: &HttpSettings, out: &mut Recorder) -> Result<(), ProbeError> {
    out.put(&VERSION, response.version.number());
    let version = response.version.to_string();
    if settings.valid_http_versions.is_empty() || settings.valid_http_versions.contains(&version) {
        return Ok(());
    }
    out.log(Severity::Error, "Invalid HTTP version number", &[("version", &version)]);
    Err(unmet(format!("{version}, wanted {}", settings.valid_http_versions.join(" or "))))
}

fn judge_tls(
    verdict: Result<(), ProbeError>,
    facts: Option<&TlsFacts>,
    settings: &HttpSettings,
    out: &mut Recorder,
) -> Result<(), ProbeError> {
    if let Some(facts) = facts {
        record_tls(facts, out);
        out.set(&CIPHER, [facts.cipher_name()], 1);
        if settings.fail_if_ssl {
            out.log(Severity::Error, "Final request was over SSL", &[]);
            return verdict.and(Err(unmet("the final answer came over TLS".to_owned())));
        }
    } else if settings.fail_if_not_ssl && verdict.is_ok() {
        out.log(Severity::Error, "Final request was not over SSL", &[]);
        return Err(unmet("the final answer did not come over TLS".to_owned()));
    }
    verdict
}

fn unmet(detail: String) -> ProbeError {
    ProbeError::new(Reason::Expectation, Phase::Validate, detail)
}
