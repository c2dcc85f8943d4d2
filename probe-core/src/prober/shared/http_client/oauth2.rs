//! Fetches a token (RFC 6749 section 4.4, RFC 7523 section 2.1).

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};

use super::assertion;
use super::client::{HttpClient, Visit};
use super::form::{Form, escape};
use super::settings::OAuth2;
use super::text_source::read_optional;
use super::token::Token;
use crate::model::{Phase, ProbeError, Reason};
use crate::net::http::{Fields, Request, RequestContent, Times, basic};
use crate::wire::url::Url;

/// The grant that a signed assertion is exchanged for (RFC 7523).
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The grant that a name and a secret are exchanged for.
const CLIENT_CREDENTIALS: &str = "client_credentials";
/// Longest answer that is read.
const LONGEST_ANSWER: usize = 1 << 20;

/// The value of the `Authorization` header that the token server gives out. Asked through `client`, without following
/// redirects; not bound in time: whoever waits watches the deadline.
///
/// Name and secret are sent in a header first and, should that fail, in the form: servers differ in what they take.
pub(super) async fn fetch(
    settings: &OAuth2,
    client: &mut HttpClient<'_>,
    user_agent: &str,
) -> Result<String, ProbeError> {
    let url = Url::parse(settings.token_url.as_bytes())
        .map_err(|error| unusable("cannot use token_url".to_owned()).caused_by(error))?;
    let mut form = Form::default();
    let is_signed = settings.grant_type == JWT_BEARER;
    form.set("grant_type", if is_signed { JWT_BEARER } else { CLIENT_CREDENTIALS });
    if is_signed {
        form.set("assertion", assertion::sign(settings)?);
    }
    if !settings.scopes.is_empty() {
        form.set("scope", settings.scopes.join(" "));
    }
    for (name, value) in &settings.endpoint_params {
        // Some servers want a grant type of their own.
        if name != "grant_type" && form.has(name) {
            return Err(unusable(format!("endpoint_params cannot overwrite {name}")));
        }
        form.set(name, value.as_str());
    }
    let mut fields = Fields::default();
    fields.set("Content-Type", "application/x-www-form-urlencoded");
    fields.set("User-Agent", user_agent);
    fields.set("Accept-Encoding", "gzip");
    if is_signed {
        return ask(&url, &form, &fields, client).await;
    }
    let secret = read_optional(settings.client_secret.as_ref(), "client secret")?;
    fields.set("Authorization", basic(&escape(&settings.client_id), &escape(&secret)));
    if let Ok(authorization) = ask(&url, &form, &fields, client).await {
        return Ok(authorization);
    }
    fields.remove("Authorization");
    form.set("client_id", settings.client_id.as_str());
    if !secret.is_empty() {
        form.set("client_secret", secret);
    }
    ask(&url, &form, &fields, client).await
}

async fn ask(
    url: &Url,
    form: &Form,
    fields: &Fields,
    client: &mut HttpClient<'_>,
) -> Result<String, ProbeError> {
    let mut times = Times::default();
    let server_name = client.server_name(url);
    let visit = Visit { url, address: None, server_name: &server_name };
    let content = RequestContent::Bytes(form.encode().into());
    let request = Request { method: "POST", url, host: &url.host, fields, content };
    let (mut response, _) = client.ask(visit, request, &mut times).await?;
    let mut body = Vec::new();
    while let Some(bytes) = response.next().await.map_err(|error| error.at(Phase::Request))? {
        body.extend_from_slice(&bytes);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    if response.headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip") {
        body = unzip(&body).map_err(|error| {
            ProbeError::new(Reason::Protocol, Phase::Request, "the token server's answer is no gzip")
                .caused_by(error)
        })?;
    }
    let media_type =
        response.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = Token::read(response.status, media_type, &body);
    response.close();
    token
        .map(|token| token.authorization())
        .map_err(|problem| ProbeError::new(Reason::Protocol, Phase::Request, problem))
}

/// Undoes the compression, as far as an answer is read.
fn unzip(body: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(body).take(LONGEST_ANSWER as u64).read_to_end(&mut plain)?;
    Ok(plain)
}

fn unusable(detail: String) -> ProbeError {
    ProbeError::new(Reason::Configuration, Phase::Setup, detail)
}
