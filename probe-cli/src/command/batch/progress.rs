//! How far a batch is, on one line that is written over.

use std::time::{Duration, Instant};

use crate::output::Output;

/// Time between two updates.
const OFTEN: Duration = Duration::from_millis(100);
/// Columns of the bar.
const WIDTH: usize = 30;

/// How far a batch is. Shows nothing where nobody would see it.
pub(super) struct Progress {
    is_shown: bool,
    all: usize,
    done: usize,
    failed: usize,
    shown: Option<Instant>,
}

impl Progress {
    pub(super) fn new(all: usize, is_shown: bool) -> Self {
        Self { is_shown, all, done: 0, failed: 0, shown: None }
    }

    /// One more check has come to its end.
    pub(super) fn ended(&mut self, well: bool, output: &mut Output<'_>) {
        self.done += 1;
        self.failed += usize::from(!well);
        if self.is_shown && self.shown.is_none_or(|shown| shown.elapsed() >= OFTEN) {
            self.shown = Some(Instant::now());
            output.talk(&format!("\r{}\x1b[K", self.line()));
        }
    }

    /// Takes the line away.
    pub(super) fn end(&mut self, output: &mut Output<'_>) {
        if self.shown.take().is_some() {
            output.talk("\r\x1b[K");
        }
    }

    fn line(&self) -> String {
        let full = self.done * WIDTH / self.all.max(1);
        let bar = format!("{}{}", "#".repeat(full), ".".repeat(WIDTH - full));
        format!("[{bar}] {} of {}, {} failed", self.done, self.all, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_grows_and_goes() {
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        let mut output = Output::new(&mut stdout, &mut stderr);
        let mut progress = Progress::new(2, true);
        progress.ended(false, &mut output);
        progress.end(&mut output);
        let mut hidden = Progress::new(2, false);
        hidden.ended(true, &mut output);
        hidden.end(&mut output);
        let line = "\r[###############...............] 1 of 2, 1 failed\x1b[K\r\x1b[K";
        assert_eq!(String::from_utf8_lossy(&stderr), line);
        assert!(stdout.is_empty());
    }
}
