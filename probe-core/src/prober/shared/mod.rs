//! What several probers need: which address of a target to probe, how packets leave, and what is said over a stream.
//! Knows no protocol; probers may use it, it uses none of them.

pub mod address;
#[cfg(feature = "dialogue")]
mod dialogue;
#[cfg(any(
    feature = "icmp",
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "udp"
))]
mod egress;
#[cfg(feature = "http-client")]
#[cfg_attr(not(all(feature = "http", feature = "websocket")), allow(dead_code, unused_imports))]
pub mod http_client;
#[cfg(feature = "http-client")]
#[cfg_attr(not(feature = "http"), allow(dead_code))]
mod limit;
#[cfg(feature = "name-server")]
mod name_server;
#[cfg(any(feature = "dialogue", feature = "http"))]
mod regex_series;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod tls_details;

pub use address::{ADDRESS_FAMILIES, Preference, choose};
#[cfg(feature = "dialogue")]
pub use dialogue::{DIALOGUE_FAMILIES, DialogueSettings, EXPECT_INFO, FAILED_DUE_TO_BYTES};
#[cfg(all(feature = "dialogue", feature = "tls"))]
pub use dialogue::{StartTls, converse};
#[cfg(any(
    feature = "icmp",
    feature = "tcp",
    feature = "dns",
    feature = "http-client",
    feature = "grpc",
    feature = "udp"
))]
pub use egress::EgressSettings;
#[cfg(feature = "http-client")]
#[cfg_attr(not(feature = "http"), allow(unused_imports))]
pub(crate) use limit::{Limit, out_of_time};
#[cfg(feature = "name-server")]
pub use name_server::{dump_name_server, read_name_server};
#[cfg(any(feature = "dialogue", feature = "http"))]
pub use regex_series::FAILED_DUE_TO_REGEX;
#[cfg(feature = "tls")]
pub use tls::{
    CIPHER, EARLIEST_EXPIRY, LAST_CHAIN_EXPIRY, LAST_CHAIN_INFO, TLS_FAMILIES, VERSION, dump_tls_options,
    read_tls_options, record_tls,
};
#[cfg(feature = "websocket")]
pub(crate) use tls_details::describe_tls;
