//! The two streams of the program: the result, and the talk about it.

use std::io::{self, ErrorKind, Write};

use crate::Exit;

/// Where results and messages go.
///
/// Whoever reads the result may leave before its end (`probe … | head -1`): that is his right and no error.
/// After a first failed write nothing more is written.
pub(crate) struct Output<'a> {
    stdout: &'a mut dyn Write,
    stderr: &'a mut dyn Write,
    failure: Option<io::Error>,
}

impl<'a> Output<'a> {
    pub(crate) fn new(stdout: &'a mut dyn Write, stderr: &'a mut dyn Write) -> Self {
        Self { stdout, stderr, failure: None }
    }

    /// Writes a piece of the result, and makes sure it is seen.
    pub(crate) fn print(&mut self, text: &str) {
        if self.failure.is_none() {
            let written = self.stdout.write_all(text.as_bytes()).and_then(|()| self.stdout.flush());
            self.failure = written.err();
        }
    }

    /// A message about what goes on. One that nobody hears is not a problem.
    pub(crate) fn say(&mut self, message: &str) {
        self.talk(&format!("probe: {message}\n"));
    }

    /// Whole lines for people, as they are.
    pub(crate) fn talk(&mut self, text: &str) {
        let _ = self.stderr.write_all(text.as_bytes());
    }

    /// Whether nobody reads the result any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.failure.is_some()
    }

    /// The exit code, if writing decides it: a result that is lost on its way, to a full disk for example.
    pub(crate) fn finish(mut self) -> Option<Exit> {
        let failure = self.failure.take().filter(|failure| failure.kind() != ErrorKind::BrokenPipe)?;
        self.say(&format!("cannot write the result: {failure}"));
        Some(Exit::Usage)
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

    fn exit_after(kind: ErrorKind) -> (Option<Exit>, String) {
        let (mut stdout, mut stderr) = (Fails(kind), Vec::new());
        let mut output = Output::new(&mut stdout, &mut stderr);
        output.print("a\n");
        assert!(output.is_closed());
        let exit = output.finish();
        (exit, String::from_utf8_lossy(&stderr).into_owned())
    }

    #[test]
    fn reader_that_leaves_is_no_error() {
        assert_eq!(exit_after(ErrorKind::BrokenPipe), (None, String::new()));
    }

    #[test]
    fn lost_result_is_an_error() {
        let (exit, talk) = exit_after(ErrorKind::StorageFull);
        assert_eq!(exit, Some(Exit::Usage));
        assert!(talk.starts_with("probe: cannot write the result: "), "{talk}");
    }
}
