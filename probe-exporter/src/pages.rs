//! Pages for people: what the exporter is and found lately, and one probe in full.
//!
//! They need nothing from elsewhere and work without their script. Whatever comes from outside is escaped, and the
//! security policy that goes with them allows nothing but their own style and script.

mod duration;
mod escaped;
mod frame;
mod overview;
mod phases;
mod policy;
mod probe;
mod rows;

pub(crate) use self::escaped::Escaped;
pub(crate) use self::overview::overview;
pub(crate) use self::probe::probe;
