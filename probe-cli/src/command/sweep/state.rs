//! Where a sweep was stopped, in a file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::super::state_file;
use probe_core::sweep::{Account, Checkpoint, Method, Space};
use serde_json::{Value, json};

use crate::args::SweepArgs;

pub(super) struct State {
    pub(super) seed: u64,
    /// One for each engine.
    pub(super) parts: Vec<Checkpoint>,
}

/// A number for all that must be the same when a sweep goes on (FNV-1a).
pub(super) fn fingerprint(space: &Space, method: &Method, args: &SweepArgs) -> u64 {
    let mut text = format!("{method:?} {:?} {} {}", args.shard, args.threads, args.retries);
    for range in space.ranges() {
        text.push_str(&format!(" {}-{}", range.first(), range.last()));
    }
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// The counts of an account, by name.
const COUNTS: [(&str, fn(&mut Account) -> &mut u64); 13] = [
    ("targets", |account| &mut account.targets),
    ("forbidden", |account| &mut account.forbidden),
    ("sent", |account| &mut account.sent),
    ("retries", |account| &mut account.retries),
    ("refused", |account| &mut account.refused),
    ("answered", |account| &mut account.answered),
    ("open", |account| &mut account.open),
    ("closed", |account| &mut account.closed),
    ("unreachable", |account| &mut account.unreachable),
    ("late", |account| &mut account.late),
    ("duplicates", |account| &mut account.duplicates),
    ("foreign", |account| &mut account.foreign),
    ("dropped", |account| &mut account.dropped),
];

impl State {
    /// What a file remembers; nothing if it is not there.
    pub(super) fn read(file: &Path, fingerprint: u64) -> Result<Option<Self>, String> {
        let Some(text) = state_file::read(file)? else { return Ok(None) };
        let wrong = || format!("{} is no state of a sweep; remove it to begin anew", file.display());
        let value: Value = serde_json::from_str(&text).map_err(|_| wrong())?;
        if value["fingerprint"].as_u64().ok_or_else(wrong)? != fingerprint {
            return Err(format!(
                "{} is of a sweep with other targets or options; remove it to begin anew",
                file.display()
            ));
        }
        let parts = value["parts"].as_array().ok_or_else(wrong)?;
        let parts = parts.iter().map(part).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
        Ok(Some(Self { seed: value["seed"].as_u64().ok_or_else(wrong)?, parts }))
    }

    /// Replaces the file as a whole.
    pub(super) fn write(mut self, file: &Path, fingerprint: u64) -> Result<(), String> {
        let parts: Vec<Value> = self.parts.iter_mut().map(document).collect();
        let value = json!({ "version": 1, "fingerprint": fingerprint, "seed": self.seed, "parts": parts });
        state_file::replace(file, &value)
    }
}

/// A sweep that is over is not gone on with.
pub(super) fn remove(file: &Path) -> Result<(), String> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(format!("cannot remove {}: {error}", file.display()))
        }
        _ => Ok(()),
    }
}

fn document(part: &mut Checkpoint) -> Value {
    let counts = COUNTS.map(|(name, count)| (name.to_owned(), Value::from(*count(&mut part.account))));
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    let marks: String = part.marks.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
    json!({ "pass": part.pass, "place": part.place, "marks": marks, "account": Value::Object(counts.into_iter().collect()) })
}

fn part(value: &Value) -> Option<Checkpoint> {
    let mut account = Account::default();
    for (name, count) in COUNTS {
        *count(&mut account) = value["account"][name].as_u64()?;
    }
    let marks = value["marks"].as_str()?;
    let (pairs, rest) = marks.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let marks = pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty())?;
    Some(Checkpoint {
        pass: value["pass"].as_u64()?.try_into().ok()?,
        place: value["place"].as_u64()?,
        marks,
        account,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_survives_and_belongs_to_one_sweep() {
        let file = std::env::temp_dir().join(format!("probe-sweep-state-{}", std::process::id()));
        assert!(State::read(&file, 7).expect("no file is no error").is_none());
        let mut account = Account::default();
        (account.targets, account.sent, account.dropped) = (9, 5, 1);
        let part = Checkpoint { pass: 1, place: 4, marks: vec![0x0f, 0xa0], account };
        State { seed: 3, parts: vec![part.clone()] }.write(&file, 7).expect("room for a file");
        let state = State::read(&file, 7).expect("ours").expect("it is there");
        assert_eq!((state.seed, state.parts), (3, vec![part]));
        assert!(State::read(&file, 8).is_err_and(|problem| problem.contains("other targets")));
        fs::write(&file, "precious").expect("room for a file");
        assert!(State::read(&file, 7).is_err_and(|problem| problem.contains("no state of a sweep")));
        remove(&file).expect("ours");
    }
}
