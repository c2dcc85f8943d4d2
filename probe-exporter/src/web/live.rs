//! The settings by the file as it is now.

use std::error::Error;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use probe_core::settings::Errors;
use thiserror::Error as ThisError;
use tracing::error;

use super::settings::WebSettings;
use super::watched::Watched;
use crate::os_words::chain;

/// How often it is said that the file cannot be used: whoever asks for pages must not fill the log.
const COMPLAINT_INTERVAL: Duration = Duration::from_secs(1);

/// Why the file has no settings.
#[derive(Debug, ThisError)]
pub(crate) enum ReadError {
    #[error("open {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Settings(#[from] Errors),
}

/// The settings, kept until the file changes.
pub(super) struct LiveSettings {
    file: Watched,
    current: Result<Arc<WebSettings>, Arc<ReadError>>,
    complained: Option<Instant>,
}

impl LiveSettings {
    /// Reads the file for the first time.
    pub(super) fn new(path: PathBuf) -> Self {
        let file = Watched::new(path);
        Self { current: read(&file), file, complained: None }
    }

    /// The settings, read anew if the file holds something else.
    pub(super) fn current(&mut self) -> Result<Arc<WebSettings>, Arc<ReadError>> {
        if self.file.refresh() {
            self.current = read(&self.file);
        }
        self.current.clone()
    }

    /// Says in the log that the file or what it names cannot be used, but not every time.
    pub(super) fn complain(&mut self, message: &'static str, error: &dyn Error) {
        if self.complained.is_none_or(|at| at.elapsed() >= COMPLAINT_INTERVAL) {
            error!(err = %chain(error), "{message}");
            self.complained = Some(Instant::now());
        }
    }
}

fn read(file: &Watched) -> Result<Arc<WebSettings>, Arc<ReadError>> {
    let path = file.path();
    let read = |source| ReadError::Read { path: path.to_owned(), source };
    let content = file.content().map_err(read)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let settings = WebSettings::read(content, &path.display().to_string(), folder);
    settings.map(Arc::new).map_err(|errors| Arc::new(errors.into()))
}
