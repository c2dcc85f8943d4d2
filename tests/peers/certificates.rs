//! Certificates for servers and clients, made with OpenSSL's command.

use std::path::PathBuf;

use super::bench::Problem;
use super::folder::Folder;
use super::programs::{self, Program};

/// Files in a folder: an authority, and what it has signed.
pub(crate) struct Certificates {
    /// The authority's own certificate.
    pub(crate) authority: PathBuf,
    /// For `localhost`, 127.0.0.1 and `::1`.
    pub(crate) server: Identity,
    /// For a client, from the same authority.
    pub(crate) client: Identity,
    /// The certificate of an authority that has signed nothing here.
    pub(crate) stranger: PathBuf,
}

/// A certificate and its key.
pub(crate) struct Identity {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Certificates {
    pub(crate) fn new(folder: &Folder) -> Result<Self, Problem> {
        let openssl = Program::find("openssl", "openssl")?;
        let authority = make(&openssl, folder, "authority", &[])?;
        let stranger = make(&openssl, folder, "stranger", &[])?.certificate;
        let signed = |name: &str, extensions: &[&str]| {
            let (certificate, key) = (authority.certificate.display(), authority.key.display());
            let mut arguments = vec![format!("-CA={certificate}"), format!("-CAkey={key}")];
            for extension in extensions {
                arguments.push(format!("-addext={extension}"));
            }
            make(&openssl, folder, name, &arguments)
        };
        let end = "basicConstraints=critical,CA:FALSE";
        let names = "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1";
        let server = signed("server", &[end, names])?;
        let client = signed("client", &[end])?;
        Ok(Self { authority: authority.certificate, server, client, stranger })
    }
}

fn make(openssl: &Program, folder: &Folder, name: &str, arguments: &[String]) -> Result<Identity, Problem> {
    let certificate = folder.file(&format!("{name}.crt"));
    let key = folder.file(&format!("{name}.key"));
    let mut command = openssl.command();
    command.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]);
    command.args(["-days", "30", "-subj", &format!("/CN={name}")]);
    command.arg("-out").arg(&certificate).arg("-keyout").arg(&key);
    for argument in arguments {
        let (option, value) = argument.split_once('=').unwrap_or((argument, ""));
        command.args([option, value]);
    }
    programs::run(&mut command)?;
    Ok(Identity { certificate, key })
}
