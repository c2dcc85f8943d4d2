//! Many targets at packet speed: which addresses of a network answer, which ports are open.
//!
//! A [`Space`] is the set of addresses, a [`Sweep`] goes over it in a random order that a seed decides, by batches and
//! without remembering what it sent: every packet carries what proves its answer. What is lost on the way is the
//! network's; what is lost on this host is in the [`Account`].
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use probe_core::sweep::{AddressRange, Method, Space, Sweep, SweepOptions};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let range = AddressRange::prefix("10.0.0.0".parse()?, 16).ok_or("no such prefix")?;
//! let space = Arc::new(Space::new([range], [])?);
//! let mut sweep = Sweep::open(space, SweepOptions::new(Method::Echo, 1))?;
//! let account = sweep.run(|hit| println!("{} after {:?}", hit.address, hit.rtt)).await?;
//! println!("{} of {} are up", account.open, account.targets);
//! # Ok(())
//! # }
//! ```

mod account;
mod answers;
mod book;
mod connect;
mod departures;
mod engine;
mod exchange;
mod family;
mod hit;
mod marks;
mod message;
mod options;
mod pace;
mod permutation;
mod progress;
mod space;
mod target;

pub use crate::net::bulk::BulkKind;
pub use account::Account;
pub use answers::Hits;
pub use engine::Sweep;
pub use hit::{Hit, HitState};
pub use options::{Memory, Method, Shard, SweepOptions, SweepSocket, SweepSocketChoice};
pub use pace::{Pace, Rate};
pub use permutation::Permutation;
pub use progress::{Checkpoint, Progress, Stopper, SweepError};
pub use space::{AddressRange, MAX_ADDRESSES, Space, TooManyAddresses};
pub use target::{TargetError, special_purpose};
