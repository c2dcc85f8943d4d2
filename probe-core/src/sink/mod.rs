//! Where rendered reports go. A sink never decides what a report means; it takes reports and says whether they arrived.

#[cfg(any(feature = "zabbix-sender", feature = "statsd"))]
pub mod address;
#[cfg(any(feature = "push", feature = "send"))]
pub mod client;
#[cfg(feature = "influx")]
pub mod influx;
#[cfg(feature = "mail")]
pub mod mail;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(feature = "send")]
pub mod points;
#[cfg(any(feature = "remote-write", feature = "otlp"))]
mod protobuf;
#[cfg(feature = "push")]
pub mod pushgateway;
#[cfg(feature = "send")]
pub mod receiver;
#[cfg(feature = "remote-write")]
pub mod remote_write;
#[cfg(feature = "send")]
pub mod spool;
#[cfg(feature = "statsd")]
pub mod statsd;
#[cfg(feature = "textfile")]
pub mod textfile;
#[cfg(feature = "zabbix-sender")]
pub mod zabbix_sender;
