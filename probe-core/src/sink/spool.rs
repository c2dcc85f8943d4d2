//! Points that wait on a disk until their receiver takes them.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde_json::{Value, json};
use thiserror::Error;

use super::points::{Point, Series};
use super::receiver::{Receiver, SendError, send_patiently};

/// How the parts of a spool are called: a number, so that they are sent in their order.
const EXTENSION: &str = "points";
/// What the spool remembers besides.
const MEMORY: &str = "memory.json";

/// A folder in which points wait, oldest first, so that nothing is lost while a receiver is away or this process is killed.
///
/// Each batch is a file that is there as a whole or not at all. Beyond the limit the oldest batches go, and are counted. A batch that
/// was taken just before a crash is sent again after it, with the same times: receivers keep one of them. One process at a time has
/// the spool.
#[derive(Debug)]
pub struct Spool {
    folder: PathBuf,
    limit: u64,
    memory: Memory,
    _lock: File,
}

#[derive(Clone, Debug, Default)]
struct Memory {
    /// Points that no receiver ever got, since the spool began.
    dropped: u64,
    /// The series of the last batch.
    series: BTreeSet<Series>,
}

/// Why a spool cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SpoolError {
    /// Another process is at it.
    #[error("another process uses the spool {}", .0.display())]
    Held(PathBuf),
    /// A file or folder of it.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
}

/// What sending came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// Points that were taken.
    pub sent: u64,
    /// Points that are lost: refused for good.
    pub dropped: u64,
    /// Points that still wait.
    pub waiting: u64,
    /// Why they do, or why some were dropped.
    pub problem: Option<String>,
}

impl Spool {
    /// Opens the spool in a folder, which is made if need be. `limit` is how many bytes may wait.
    ///
    /// # Errors
    /// If another process has it, or the folder cannot be used.
    pub fn open(folder: impl Into<PathBuf>, limit: u64) -> Result<Self, SpoolError> {
        let folder = folder.into();
        let failed = |source| SpoolError::File { path: folder.clone(), source };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join("lock"))
            .map_err(failed)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(SpoolError::Held(folder)),
            Err(error) => return Err(failed(error.into())),
        }
        let memory = Memory::read(&folder.join(MEMORY)).map_err(failed)?;
        Ok(Self { folder, limit, memory, _lock: lock })
    }

    /// Points that no receiver ever got, since the spool began.
    pub fn dropped(&self) -> u64 {
        self.memory.dropped
    }

    /// Adds a batch, and an end for every series of the batch before that is not in it. Then makes room.
    ///
    /// # Errors
    /// If it cannot be written; what waited before still does.
    pub fn push(&mut self, mut points: Vec<Point>, now: i64) -> Result<(), SpoolError> {
        let series: BTreeSet<Series> = points.iter().map(|point| point.series.clone()).collect();
        let gone = self.memory.series.difference(&series);
        points.extend(gone.map(|series| Point::stale(series.clone(), now)));
        let number = self.batches()?.last().map_or(0, |(number, _)| number + 1);
        let text = Value::from(points.iter().map(Point::to_json).collect::<Vec<_>>()).to_string();
        self.replace(&format!("{number:020}.{EXTENSION}"), text.as_bytes())?;
        // A crash in between makes the ends come twice, which changes nothing.
        self.memory.series = series;
        self.make_room()?;
        self.remember()
    }

    /// Sends what waits, oldest first, until the receiver does not take it any more.
    ///
    /// # Errors
    /// If the folder cannot be used. What a receiver does is in the [`Delivery`].
    pub async fn deliver(&mut self, receiver: &dyn Receiver) -> Result<Delivery, SpoolError> {
        let mut delivery = Delivery::default();
        for (_, path) in self.batches()? {
            let Some(points) =
                read_batch(&path).map_err(|source| SpoolError::File { path: path.clone(), source })?
            else {
                // Not written by us, or the disk forgot: nothing of it can be sent, and it must not block the rest.
                delivery.problem = Some(format!("{} cannot be read and is left out", path.display()));
                let _ = fs::rename(&path, path.with_extension("bad"));
                continue;
            };
            let count = points.len() as u64;
            // One that waits for its turn behind an obstacle need not be tried.
            if delivery.waiting > 0 {
                delivery.waiting += count;
                continue;
            }
            match send_patiently(receiver, &points).await {
                Ok(()) => delivery.sent += count,
                Err(error @ SendError::Passing { .. }) => {
                    delivery.waiting += count;
                    delivery.problem = Some(error.to_string());
                    continue;
                }
                Err(error @ SendError::Refused { .. }) => {
                    let lost = refused(&error, count);
                    delivery.dropped += lost;
                    delivery.sent += count - lost;
                    delivery.problem = Some(error.to_string());
                    self.memory.dropped += lost;
                    self.remember()?;
                }
            }
            fs::remove_file(&path).map_err(|source| SpoolError::File { path, source })?;
        }
        Ok(delivery)
    }

    /// The batches, oldest first.
    fn batches(&self) -> Result<Vec<(u64, PathBuf)>, SpoolError> {
        let failed = |source| SpoolError::File { path: self.folder.clone(), source };
        let mut batches = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let is_batch = path.extension().is_some_and(|extension| extension == EXTENSION);
            let number = path.file_stem().and_then(|name| name.to_str()?.parse().ok());
            if let Some(number) = number.filter(|_| is_batch) {
                batches.push((number, path));
            }
        }
        batches.sort_unstable();
        Ok(batches)
    }

    /// Removes the oldest batches until what is left is within the limit, but never the last one.
    fn make_room(&mut self) -> Result<(), SpoolError> {
        let sized = |(_, path): (u64, PathBuf)| {
            let length = fs::metadata(&path).map_or(0, |facts| facts.len());
            (path, length)
        };
        let batches: Vec<(PathBuf, u64)> = self.batches()?.into_iter().map(sized).collect();
        let mut all: u64 = batches.iter().map(|(_, length)| length).sum();
        for (path, length) in batches.iter().take(batches.len().saturating_sub(1)) {
            if all <= self.limit {
                break;
            }
            self.memory.dropped += read_batch(path).ok().flatten().map_or(0, |points| points.len() as u64);
            fs::remove_file(path).map_err(|source| SpoolError::File { path: path.clone(), source })?;
            all -= length;
        }
        Ok(())
    }

    fn remember(&self) -> Result<(), SpoolError> {
        let series: Vec<Value> = self.memory.series.iter().map(Series::to_json).collect();
        let text = json!({ "dropped": self.memory.dropped, "series": series }).to_string();
        self.replace(MEMORY, text.as_bytes())
    }

    /// Puts a file into the folder as a whole.
    fn replace(&self, name: &str, text: &[u8]) -> Result<(), SpoolError> {
        let (path, beside) = (self.folder.join(name), self.folder.join(format!(".{name}.new")));
        let write = || {
            let mut file =
                OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        write().map_err(|source| {
            let _ = fs::remove_file(&beside);
            SpoolError::File { path: path.clone(), source }
        })
    }
}

impl Memory {
    fn read(path: &Path) -> io::Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error),
        };
        let value: Value = serde_json::from_str(&text).unwrap_or_default();
        let series = value["series"].as_array().map(Vec::as_slice).unwrap_or_default();
        let series = series.iter().filter_map(Series::from_json).collect();
        Ok(Self { dropped: value["dropped"].as_u64().unwrap_or_default(), series })
    }
}

/// How many points of a batch a receiver refused.
fn refused(error: &SendError, count: u64) -> u64 {
    match error {
        SendError::Refused { points: Some(points), .. } => (*points).min(count),
        _ => count,
    }
}

/// The points of a batch; `None` if it is none.
fn read_batch(path: &Path) -> io::Result<Option<Vec<Point>>> {
    let value: Value = match serde_json::from_slice(&fs::read(path)?) {
        Ok(value) => value,
        Err(_) => return Ok(None),
    };
    let Some(values) = value.as_array() else { return Ok(None) };
    Ok(values.iter().map(Point::from_json).collect())
}

#[cfg(test)]
mod tests;
