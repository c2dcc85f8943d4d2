//! Runs the program from outside.

use std::process::{Command, Stdio};

use serde_json::Value;

/// What a run of the program came to.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_probe"));
    for variable in ["NO_COLOR", "HTTP_PROXY", "http_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        program.env_remove(variable);
    }
    program.stdin(Stdio::null());
    program
}

pub(crate) fn probe(arguments: &[&str]) -> Run {
    let output = program().args(arguments).output().expect("the program starts");
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("the result is text"),
        stderr: String::from_utf8(output.stderr).expect("the talk is text"),
    }
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}
