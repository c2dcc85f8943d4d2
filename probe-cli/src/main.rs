//! The `probe` program: hands the process's arguments, environment and streams to the library.

use std::env;
use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;

use probe_cli::{ProxyEnvironment, Surroundings};

fn main() -> ExitCode {
    let surroundings = Surroundings {
        terminal: io::stdout().is_terminal(),
        talks_to_terminal: io::stderr().is_terminal(),
        no_color: given("NO_COLOR").is_some(),
        certificate_file: given("SSL_CERT_FILE").map(PathBuf::from),
        certificate_directory: given("SSL_CERT_DIR").map(PathBuf::from),
        proxies: ProxyEnvironment {
            http_proxy: proxy("HTTP_PROXY", "http_proxy"),
            https_proxy: proxy("HTTPS_PROXY", "https_proxy"),
            no_proxy: proxy("NO_PROXY", "no_proxy"),
        },
    };
    probe_cli::run(env::args_os(), surroundings, &mut io::stdout().lock(), &mut io::stderr().lock()).into()
}

/// A variable of the environment that is set and not empty.
fn given(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

/// The upper case counts first.
fn proxy(upper: &str, lower: &str) -> String {
    given(upper).or_else(|| given(lower)).unwrap_or_default().to_string_lossy().into_owned()
}
