//! Where rendered reports go. A sink never decides what a report means; it takes reports and says whether they arrived.

#[cfg(feature = "push")]
pub mod client;
#[cfg(feature = "push")]
pub mod pushgateway;
#[cfg(feature = "textfile")]
pub mod textfile;
