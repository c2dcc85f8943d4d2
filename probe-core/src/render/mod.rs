//! Reports to text, one output format a file; every renderer is a function of [`Report`](crate::model::Report)s.
//! Knows the model alone: no prober by name, no file, no socket, no terminal.

pub mod csv;
mod decimal;
mod go_float;
#[cfg(feature = "json")]
pub mod json;
mod label_name;
pub mod nagios;
pub mod news;
pub mod openmetrics;
pub mod prometheus;
#[cfg(feature = "json")]
pub mod prtg;
pub mod text;
pub mod threshold;
#[cfg(feature = "json")]
pub mod zabbix;

#[cfg(test)]
pub(crate) mod samples;

use decimal::decimal;
pub use go_float::GoFloat;
pub use label_name::{Escaping, is_classic};

pub use crate::model::Rfc3339;
