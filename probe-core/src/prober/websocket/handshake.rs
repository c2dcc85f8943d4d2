//! The opening handshake (RFC 6455 section 4.1): what is sent, and whether the answer opens a websocket.

use http::HeaderMap;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::settings::WebSocketSettings;
use crate::model::{Phase, ProbeError, Reason, Recorder, Severity};
use crate::net::http::{Fields, basic};
use crate::prober::shared::http_client::{HeaderValues, TextSource, read_text};
use crate::wire::http1::Version;

/// How the reference exporter calls itself here: it leaves that to its library.
const USER_AGENT: &str = "Go-http-client/1.1";
/// Headers that the handshake itself is made of.
const OWN: [&str; 5] =
    ["Connection", "Sec-Websocket-Extensions", "Sec-Websocket-Key", "Sec-Websocket-Version", "Upgrade"];

/// One handshake.
pub(super) struct Handshake {
    /// What is sent, the host aside.
    pub(super) fields: Fields,
    /// The host to name, if the headers have one.
    pub(super) host: Option<String>,
    key: String,
    /// Why it cannot be made, which the reference exporter notices once it is connected.
    refusal: Option<String>,
}

impl Handshake {
    /// Puts the headers together. Values that cannot be read are left out and said so, as in the reference exporter.
    pub(super) fn new(settings: &WebSocketSettings, out: &mut Recorder) -> Self {
        let key = generate_key();
        let mut fields = Fields::default();
        let (mut host, mut refusal) = (None, None);
        for (name, values) in &settings.headers {
            let values = read_values(values, out);
            if name.eq_ignore_ascii_case("Host") {
                host = values.into_iter().next().or(host);
                continue;
            }
            if let Some(own) = OWN.iter().find(|own| own.eq_ignore_ascii_case(name)) {
                refusal = Some(format!("header {own} is part of the handshake and cannot be set"));
                continue;
            }
            for value in values {
                fields.add(name.as_str(), value);
            }
        }
        for value in authorization(settings, out) {
            fields.add("Authorization", value);
        }
        if fields.first("User-Agent").is_none() {
            fields.set("User-Agent", USER_AGENT);
        }
        fields.set("Connection", "Upgrade");
        fields.set("Upgrade", "websocket");
        fields.set("Sec-WebSocket-Version", "13");
        fields.set("Sec-WebSocket-Key", key.as_str());
        Self { fields, host, key, refusal }
    }

    /// Whether it can be made.
    pub(super) fn check_request(&self) -> Result<(), ProbeError> {
        match &self.refusal {
            None => Ok(()),
            Some(detail) => Err(ProbeError::new(Reason::Configuration, Phase::Request, detail.clone())),
        }
    }

    /// Whether an answer opens a websocket: its status, and three headers (RFC 6455 section 4.1, steps 1 to 4 of the last
    /// list).
    pub(super) fn check(&self, version: Version, status: u16, headers: &HeaderMap) -> Result<(), ProbeError> {
        let refused = |reason, detail: String| Err(ProbeError::new(reason, Phase::Validate, detail));
        if status != 101 {
            return refused(Reason::Expectation, format!("the server answered {status} instead of 101"));
        }
        if version < Version::HTTP_11 {
            return refused(Reason::Protocol, format!("the server answered with {version}"));
        }
        for (name, word) in [("upgrade", "websocket"), ("connection", "upgrade")] {
            if !has_word(headers, name, word) {
                return refused(
                    Reason::Protocol,
                    format!("the answer has no \"{word}\" in its header {name}"),
                );
            }
        }
        let accepted = headers.get("sec-websocket-accept").map(http::HeaderValue::as_bytes);
        if accepted != Some(derive_accept_key(self.key.as_bytes()).as_bytes()) {
            let detail = "the answer's header sec-websocket-accept is not that of our key";
            return refused(Reason::Protocol, detail.to_owned());
        }
        Ok(())
    }
}

/// Plain values, secrets, then those of files.
fn read_values(values: &HeaderValues, out: &mut Recorder) -> Vec<String> {
    let mut texts = values.values.clone();
    texts.extend(values.secrets.iter().map(|secret| secret.expose().to_owned()));
    for path in &values.files {
        texts.extend(or_say(read_text(path, "header's value"), "Unable to read header file", out));
    }
    texts
}

fn authorization(settings: &WebSocketSettings, out: &mut Recorder) -> Vec<String> {
    let Some(client) = &settings.http_config else { return Vec::new() };
    let mut values = Vec::new();
    if let Some(basic_auth) = &client.basic_auth {
        let name = read(basic_auth.username.as_ref(), "username", "Unable to read username file", out);
        let password = read(basic_auth.password.as_ref(), "password", "Unable to read password file", out);
        values.push(basic(&name, &password));
    }
    if let Some(authorization) = &client.authorization {
        let credentials = authorization.credentials.as_ref();
        let credentials = read(credentials, "credentials", "Unable to read credentials file", out);
        values.push(format!("{} {credentials}", authorization.scheme));
    }
    values
}

fn read(source: Option<&TextSource>, what: &str, message: &'static str, out: &mut Recorder) -> String {
    source.and_then(|source| or_say(source.read(what), message, out)).unwrap_or_default()
}

fn or_say(text: Result<String, ProbeError>, message: &'static str, out: &mut Recorder) -> Option<String> {
    text.map_err(|error| {
        out.log(Severity::Error, message, &[("err", &error.chain())]);
        out.note("headers", error.chain());
    })
    .ok()
}

/// Whether one of the headers of this name has a word among others, in any case.
fn has_word(headers: &HeaderMap, name: &str, word: &str) -> bool {
    let mut words =
        headers.get_all(name).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    words.any(|other| other.trim_ascii().eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Secret;

    fn handshake(headers: Vec<(&str, HeaderValues)>) -> Result<Handshake, ProbeError> {
        let headers = headers.into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
        let settings = WebSocketSettings { headers, ..WebSocketSettings::default() };
        let handshake = Handshake::new(&settings, &mut Recorder::default());
        handshake.check_request()?;
        Ok(handshake)
    }

    fn answer(handshake: &Handshake) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.append("connection", "keep-alive, Upgrade".parse().expect("a value"));
        headers.append("upgrade", "WebSocket".parse().expect("a value"));
        let accept = derive_accept_key(handshake.key.as_bytes());
        headers.append("sec-websocket-accept", accept.parse().expect("a value"));
        headers.append("sec-websocket-protocol", "chat".parse().expect("a value"));
        headers
    }

    #[test]
    fn values_secrets_and_host_are_sent() {
        let values =
            HeaderValues { values: vec!["a".into()], secrets: vec![Secret::new("b")], files: vec![] };
        let host = HeaderValues { values: vec!["other.test".into()], ..HeaderValues::default() };
        let handshake = handshake(vec![("X-One", values), ("host", host)]).expect("good headers");
        assert_eq!(handshake.host.as_deref(), Some("other.test"));
        assert_eq!(handshake.fields.values("x-one").collect::<Vec<_>>(), [b"a", b"b"]);
        assert_eq!(handshake.fields.first("user-agent"), Some(USER_AGENT.as_bytes()));
    }

    #[test]
    fn headers_of_the_handshake_cannot_be_set() {
        for name in ["Upgrade", "connection", "Sec-WebSocket-Key", "sec-websocket-version"] {
            let error = handshake(vec![(name, HeaderValues::default())]).err().expect("refused");
            assert_eq!(error.reason, Reason::Configuration, "{name}");
        }
    }

    #[test]
    fn only_the_right_answer_opens_a_websocket() {
        let handshake = handshake(Vec::new()).expect("no headers");
        let good = answer(&handshake);
        assert!(handshake.check(Version::HTTP_11, 101, &good).is_ok());
        assert_eq!(
            handshake.check(Version::HTTP_11, 302, &good).map_err(|e| e.reason),
            Err(Reason::Expectation)
        );
        for name in ["connection", "upgrade", "sec-websocket-accept"] {
            let mut bad = good.clone();
            bad.insert(name, "x".parse().expect("a value"));
            let checked = handshake.check(Version::HTTP_11, 101, &bad);
            assert_eq!(checked.map_err(|error| error.reason), Err(Reason::Protocol), "{name}");
        }
    }
}
