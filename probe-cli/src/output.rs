//! The two streams of the program: the result, and the talk about it.

use std::io::{self, ErrorKind, Write};

use probe_core::render::nagios;
use probe_core::render::threshold::State;

use crate::Exit;

/// Where results and messages go.
///
/// Whoever reads the result may leave before its end (`probe … | head -1`): that is his right and no error.
/// After a first failed write nothing more is written.
pub(crate) struct Output<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    failure: Option<io::Error>,
    /// Of a plugin, whose talk nobody reads: what was said first.
    unheard: Option<String>,
    is_plugin: bool,
}

impl<'a> Output<'a> {
    pub(crate) fn new(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Self {
        Self { stdout, stderr, failure: None, unheard: None, is_plugin: false }
    }

    /// Whoever runs this reads one line of the result, and nothing else.
    pub(crate) fn be_plugin(&mut self) {
        self.is_plugin = true;
    }

    /// Writes a piece of the result, and makes sure it is seen.
    pub(crate) fn print(&mut self, text: &str) {
        self.write(text.as_bytes());
    }

    /// The same for what is at hand as bytes.
    pub(crate) fn write(&mut self, text: &[u8]) {
        if self.failure.is_none() {
            let written = self.stdout.write_all(text).and_then(|()| self.stdout.flush());
            self.failure = written.err();
        }
    }

    /// A message about what goes on. One that nobody hears is not a problem.
    pub(crate) fn say(&mut self, message: &str) {
        self.talk(&format!("probe: {message}\n"));
    }

    /// Whole lines for people, as they are.
    pub(crate) fn talk(&mut self, text: &str) {
        if self.is_plugin {
            let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
            let first = first.trim_start_matches("probe: ").trim_start_matches("error: ");
            self.unheard.get_or_insert_with(|| first.to_owned());
            return;
        }
        let _ = self.stderr.write_all(text.as_bytes());
    }

    /// Whether nobody reads the result any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.failure.is_some()
    }

    /// The exit code: the given one, unless the result was lost on its way, to a full disk for example. A plugin that could
    /// not check says so in its one line.
    pub(crate) fn finish(mut self, exit: Exit) -> Exit {
        let lost = self.failure.take().filter(|failure| failure.kind() != ErrorKind::BrokenPipe);
        let exit = match lost {
            Some(failure) => {
                self.say(&format!("cannot write the result: {failure}"));
                Exit::Usage
            }
            None => exit,
        };
        if !self.is_plugin || exit != Exit::Usage {
            return exit;
        }
        let why = self.unheard.take().unwrap_or_default();
        self.print(&(nagios::unknown(&why) + "\n"));
        Exit::Plugin(State::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fails(ErrorKind);
    impl Write for Fails {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn exit_after(kind: ErrorKind) -> (Exit, String) {
        let (mut stdout, mut stderr) = (Fails(kind), Vec::new());
        let mut output = Output::new(&mut stdout, &mut stderr);
        output.print("a\n");
        assert!(output.is_closed());
        let exit = output.finish(Exit::Success);
        (exit, String::from_utf8_lossy(&stderr).into_owned())
    }

    #[test]
    fn reader_that_leaves_is_no_error() {
        assert_eq!(exit_after(ErrorKind::BrokenPipe), (Exit::Success, String::new()));
    }

    #[test]
    fn lost_result_is_an_error() {
        let (exit, talk) = exit_after(ErrorKind::StorageFull);
        assert_eq!(exit, Exit::Usage);
        assert!(talk.starts_with("probe: cannot write the result: "), "{talk}");
    }
}
