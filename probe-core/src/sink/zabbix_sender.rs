//! The protocol of `zabbix_sender`: values for trapper items of a Zabbix server or proxy.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::address::ServerAddress;
use super::points::Point;
use super::receiver::{Receiver, SendError, one_line};
use crate::model::chain;
use crate::net::{BoxFuture, Egress, Resolve, connect};

/// Where servers and proxies listen.
pub const PORT: u16 = 10_051;
/// `ZBXD` and the flag of the protocol's only version.
const MAGIC: &[u8] = b"ZBXD\x01";
/// Longest answer that is read.
const LONGEST_ANSWER: u64 = 1 << 20;
/// As many values as one packet has, like `zabbix_sender`.
const VALUES: usize = 250;

/// A Zabbix server or proxy.
///
/// Each series is a trapper item of one host, whose key is the name of the series with module, target and other labels as
/// parameters: `probe_success[icmp,gateway]`, `probe_icmp_duration_seconds[icmp,gateway,phase=rtt]`. Items that the server does not
/// know are counted as refused.
pub struct ZabbixSender {
    place: ServerAddress,
    host: String,
    resolver: Arc<dyn Resolve>,
    patience: Duration,
}

impl ZabbixSender {
    /// Sends values of the items of `host`, as the server calls it.
    pub fn new(
        place: ServerAddress,
        host: impl Into<String>,
        resolver: Arc<dyn Resolve>,
        patience: Duration,
    ) -> Self {
        Self { place, host: host.into(), resolver, patience }
    }

    async fn send(&self, points: &[Point]) -> Result<(), SendError> {
        let values: Vec<Value> =
            points.iter().filter(|point| !point.is_stale()).map(|point| value(&self.host, point)).collect();
        let (mut failed, mut said) = (0, String::new());
        for values in values.chunks(VALUES) {
            let answer = timeout(self.patience, self.exchange(values)).await;
            let passing = |what: String| SendError::Passing { what, after: None };
            let answer =
                answer.map_err(|_| passing("the Zabbix server does not answer in time".to_owned()))??;
            let (more, info) = read_answer(&answer)?;
            if more > 0 {
                failed += more;
                said = info;
            }
        }
        if failed > 0 { Err(SendError::Refused { points: Some(failed), said }) } else { Ok(()) }
    }

    async fn exchange(&self, values: &[Value]) -> Result<Vec<u8>, SendError> {
        let passing = |what: String| SendError::Passing { what, after: None };
        let mut problem = "it has no address".to_owned();
        for address in self.place.addresses(&*self.resolver).await? {
            let mut stream = match connect(address, &Egress::default()).await {
                Ok(stream) => stream,
                Err(error) => {
                    problem = format!("{address}: {}", chain(&error));
                    continue;
                }
            };
            let talk = async {
                stream.write_all(&packet(&json!({ "request": "sender data", "data": values }))).await?;
                let mut header = [0; MAGIC.len() + 8];
                stream.read_exact(&mut header).await?;
                let mut answer = Vec::new();
                (&mut stream).take(length_in(&header)?).read_to_end(&mut answer).await?;
                io::Result::Ok(answer)
            };
            return talk.await.map_err(|error| passing(format!("{address}: {error}")));
        }
        Err(passing(problem))
    }
}

impl Receiver for ZabbixSender {
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.send(points))
    }
}

fn value(host: &str, point: &Point) -> Value {
    json!({
        "host": host,
        "key": key(point),
        "value": point.value.to_string(),
        "clock": point.time.div_euclid(1000),
        "ns": point.time.rem_euclid(1000) * 1_000_000,
    })
}

/// The key of an item.
pub fn key(point: &Point) -> String {
    let labels = &point.series.labels;
    let of = |wanted: &str| {
        labels.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str()).to_owned()
    };
    let others = labels.iter().filter(|(name, _)| name != "module" && name != "target");
    let parameters: Vec<String> = [of("module"), of("target")]
        .into_iter()
        .chain(others.map(|(name, value)| format!("{name}={value}")))
        .map(|parameter| quoted(&parameter))
        .collect();
    format!("{}[{}]", point.series.name, parameters.join(","))
}

/// A parameter of a key: in quotes if it has a comma or a bracket, or begins like quotes or an array would.
fn quoted(parameter: &str) -> String {
    if parameter.contains([',', ']']) || parameter.starts_with(['"', ' ', '[']) {
        return format!("\"{}\"", parameter.replace('"', "\\\""));
    }
    parameter.to_owned()
}

fn packet(content: &Value) -> Vec<u8> {
    let content = content.to_string();
    let mut packet = MAGIC.to_vec();
    packet.extend_from_slice(&(content.len() as u32).to_le_bytes());
    packet.extend_from_slice(&[0; 4]);
    packet.extend_from_slice(content.as_bytes());
    packet
}

/// How much follows a header.
fn length_in(header: &[u8; MAGIC.len() + 8]) -> io::Result<u64> {
    let length =
        header[MAGIC.len()..MAGIC.len() + 4].iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte));
    if !header.starts_with(MAGIC) || length > LONGEST_ANSWER {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the answer is none of a Zabbix server"));
    }
    Ok(length)
}

/// How many values were not taken, and what the server says of it. It calls it a success all the same.
fn read_answer(answer: &[u8]) -> Result<(u64, String), SendError> {
    let said = one_line(&String::from_utf8_lossy(answer));
    let refused = || SendError::Refused { points: None, said: said.clone() };
    let value: Value = serde_json::from_slice(answer).map_err(|_| refused())?;
    if value["response"] != "success" {
        return Err(refused());
    }
    let info = value["info"].as_str().unwrap_or_default();
    let failed = info.split(';').find_map(|part| part.trim().strip_prefix("failed: ")?.parse().ok());
    Ok((failed.ok_or_else(refused)?, info.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::super::points::Series;
    use super::*;

    fn point(labels: &[(&str, &str)]) -> Point {
        let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let series = Series { name: "probe_x".to_owned(), labels };
        Point { series, time: 1_234, value: 0.000_001, help: String::new(), unit: String::new() }
    }

    #[test]
    fn keys_name_module_target_and_the_rest() {
        let plain = [("module", "icmp"), ("phase", "rtt"), ("target", "a")];
        assert_eq!(key(&point(&plain)), "probe_x[icmp,a,phase=rtt]");
        let odd = [("module", "http"), ("target", "http://[::1]/?a,b"), ("x", "\"")];
        assert_eq!(key(&point(&odd)), "probe_x[http,\"http://[::1]/?a,b\",x=\"]");
    }

    #[test]
    fn values_have_their_time_and_no_exponent() {
        let told = value("h", &point(&[]));
        assert_eq!(
            (&told["value"], &told["clock"], &told["ns"]),
            (&json!("0.000001"), &json!(1), &json!(234_000_000))
        );
    }

    #[test]
    fn packets_have_a_header() {
        let packet = packet(&json!({}));
        assert_eq!(packet, b"ZBXD\x01\x02\0\0\0\0\0\0\0{}");
        let header = packet[..13].try_into().expect("13 bytes");
        assert_eq!(length_in(&header).expect("ours"), 2);
        assert!(length_in(b"HTTP/1.1 400 ").is_err());
    }

    #[test]
    fn a_success_may_be_none() {
        let info = |failed: u64| format!("processed: 1; failed: {failed}; total: 3; seconds spent: 0.000055");
        let answer = |info: &str| json!({ "response": "success", "info": info }).to_string();
        assert_eq!(read_answer(answer(&info(0)).as_bytes()).expect("well"), (0, info(0)));
        assert_eq!(read_answer(answer(&info(2)).as_bytes()).expect("well"), (2, info(2)));
        for answer in ["", "{}", r#"{"response":"failed","info":"no"}"#, r#"{"response":"success"}"#] {
            assert!(read_answer(answer.as_bytes()).is_err(), "{answer}");
        }
    }
}
