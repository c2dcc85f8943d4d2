//! statsd: gauges in datagrams.

use std::sync::Arc;

use super::address::ServerAddress;
use super::points::Point;
use super::receiver::{Receiver, SendError};
use crate::model::chain;
use crate::net::{BoxFuture, DatagramSocket, Egress, Resolve};

/// Where servers listen.
pub const PORT: u16 = 8_125;
/// What fits the packets of an Ethernet with IPv6, as statsd's own documents advise for such networks.
const LONGEST: usize = 1_432;

/// A statsd server. Nobody knows whether it takes anything: datagrams are not answered.
///
/// Labels are tags behind `|#`, which Datadog's agent, Telegraf, Vector and the statsd exporter read. The time is lost, since
/// statsd has none; so are the ends of series.
pub struct Statsd {
    place: ServerAddress,
    resolver: Arc<dyn Resolve>,
}

impl Statsd {
    /// A server.
    pub fn new(place: ServerAddress, resolver: Arc<dyn Resolve>) -> Self {
        Self { place, resolver }
    }

    async fn send(&self, points: &[Point]) -> Result<(), SendError> {
        let passing = |what: String| SendError::Passing { what, after: None };
        let addresses = self.place.addresses(&*self.resolver).await?;
        let address = *addresses.first().ok_or_else(|| passing("it has no address".to_owned()))?;
        let socket = DatagramSocket::open(address, &Egress::default());
        let socket = socket.map_err(|error| passing(format!("{address}: {}", chain(&error))))?;
        for datagram in datagrams(points) {
            socket
                .send(datagram.as_bytes())
                .map_err(|error| passing(format!("{address}: {}", chain(&error))))?;
        }
        Ok(())
    }
}

impl Receiver for Statsd {
    fn send<'a>(&'a self, points: &'a [Point]) -> BoxFuture<'a, Result<(), SendError>> {
        Box::pin(self.send(points))
    }
}

/// Gauges, several a datagram.
pub fn datagrams(points: &[Point]) -> Vec<String> {
    let mut datagrams: Vec<String> = Vec::new();
    for point in points.iter().filter(|point| point.value.is_finite()) {
        let line = line(point);
        match datagrams.last_mut() {
            Some(last) if last.len() + 1 + line.len() <= LONGEST => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => datagrams.push(line),
        }
    }
    datagrams
}

fn line(point: &Point) -> String {
    let name = &point.series.name;
    let tags: Vec<String> =
        point.series.labels.iter().map(|(name, value)| format!("{name}:{}", plain(value))).collect();
    let tags = if tags.is_empty() { String::new() } else { format!("|#{}", tags.join(",")) };
    let gauge = format!("{name}:{}|g{tags}", point.value);
    // A sign means a change, so a gauge below 0 has to be set to 0 first.
    if point.value < 0.0 { format!("{name}:0|g{tags}\n{gauge}") } else { gauge }
}

/// A value without what separates tags and lines.
fn plain(value: &str) -> String {
    value.replace([',', '|', '\n', '\r', '#'], "_")
}

#[cfg(test)]
mod tests {
    use super::super::points::Series;
    use super::*;

    fn point(value: f64) -> Point {
        let labels = vec![("target".to_owned(), "http://a:1/?b,c|d".to_owned())];
        let series = Series { name: "probe_x".to_owned(), labels };
        Point { series, time: 0, value, help: String::new(), unit: String::new() }
    }

    #[test]
    fn gauges_are_set_and_never_changed() {
        let lines = datagrams(&[point(1.5), point(-2.0), point(f64::NAN)]);
        let tags = "|#target:http://a:1/?b_c_d";
        assert_eq!(lines, [format!("probe_x:1.5|g{tags}\nprobe_x:0|g{tags}\nprobe_x:-2|g{tags}")]);
    }

    #[test]
    fn datagrams_are_full_and_none_is_too_long() {
        let points: Vec<Point> = (0..100).map(|number| point(f64::from(number))).collect();
        let datagrams = datagrams(&points);
        assert!(datagrams.len() < 5 && datagrams.iter().all(|datagram| datagram.len() <= LONGEST));
        assert_eq!(datagrams.iter().map(|datagram| datagram.lines().count()).sum::<usize>(), 100);
    }
}
