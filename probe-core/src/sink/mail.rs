//! Mail, through a server that takes it: a submission server, a relay, or one on this host.

use std::path::PathBuf;
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thiserror::Error;

use crate::net::tls::SystemRoots;
use crate::render::news::News;

/// How the way to the server is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MailTls {
    /// By STARTTLS if the server offers it (RFC 3207). With a password it has to.
    #[default]
    Auto,
    /// By STARTTLS, or not at all.
    StartTls,
    /// From the start (RFC 8314).
    Implicit,
    /// Not.
    None,
}

/// A server that takes mail.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// Its name, which its certificate must have, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub tls: MailTls,
    /// Name and password.
    pub login: Option<(String, String)>,
    /// The only authorities to trust; the system's if absent.
    pub ca_file: Option<PathBuf>,
    /// The authorities of the system.
    pub roots: SystemRoots,
    /// How long one step may take.
    pub timeout: Duration,
}

/// Whom mail is from and for.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// The sender.
    pub from: Mailbox,
    /// The recipients.
    pub to: Vec<Mailbox>,
}

/// Why mail was not taken.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MailError {
    /// An address that is none.
    #[error("{text:?} is no mail address")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        source: lettre::address::AddressError,
    },
    /// The authorities cannot be read.
    #[error("cannot use the authorities in {}", path.display())]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: std::io::Error,
    },
    /// The mail cannot be put together.
    #[error("cannot put the mail together")]
    Message(#[from] lettre::error::Error),
    /// The server, or the way to it.
    #[error("the mail server does not take it")]
    Server(#[from] lettre::transport::smtp::Error),
}

impl Envelope {
    /// Reads addresses: `a@b`, or `Name <a@b>`.
    ///
    /// # Errors
    /// The first that is none.
    pub fn new<'a>(from: &str, to: impl IntoIterator<Item = &'a str>) -> Result<Self, MailError> {
        let read =
            |text: &str| text.parse().map_err(|source| MailError::Address { text: text.to_owned(), source });
        Ok(Self { from: read(from)?, to: to.into_iter().map(read).collect::<Result<_, _>>()? })
    }
}

impl MailServer {
    /// Sends one mail to all recipients.
    ///
    /// # Errors
    /// If it was not taken: it may be sent again.
    pub async fn send(&self, envelope: &Envelope, news: &News) -> Result<(), MailError> {
        let message = message(envelope, news)?;
        self.transport(&news.host)?.send(message).await?;
        Ok(())
    }

    fn transport(&self, hello: &str) -> Result<AsyncSmtpTransport<Tokio1Executor>, MailError> {
        let tls = match self.tls {
            MailTls::None => Tls::None,
            MailTls::Implicit => Tls::Wrapper(self.parameters()?),
            MailTls::Auto if self.login.is_none() => Tls::Opportunistic(self.parameters()?),
            MailTls::Auto | MailTls::StartTls => Tls::Required(self.parameters()?),
        };
        let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&self.host)
            .port(self.port)
            .tls(tls)
            .hello_name(ClientId::Domain(hello.to_owned()))
            .timeout(Some(self.timeout));
        if let Some((name, password)) = &self.login {
            transport = transport.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(transport.build())
    }

    fn parameters(&self) -> Result<TlsParameters, MailError> {
        let mut parameters =
            TlsParameters::builder(self.host.clone()).certificate_store(CertificateStore::None);
        match &self.ca_file {
            Some(path) => {
                let failed = |source| MailError::Authorities { path: path.clone(), source };
                let text = std::fs::read(path).map_err(failed)?;
                let certificate = Certificate::from_pem(&text)
                    .map_err(|error| failed(std::io::Error::new(std::io::ErrorKind::InvalidData, error)))?;
                parameters = parameters.add_root_certificate(certificate);
            }
            None => {
                for certificate in self.roots.certificates() {
                    parameters =
                        parameters.add_root_certificate(Certificate::from_der(certificate.to_vec())?);
                }
            }
        }
        Ok(parameters.build_rustls()?)
    }
}

fn message(envelope: &Envelope, news: &News) -> Result<Message, MailError> {
    let mut message = Message::builder()
        .from(envelope.from.clone())
        .subject(news.subject())
        // Nobody is there to be told of absences (RFC 3834).
        .header(AutoSubmitted);
    for to in &envelope.to {
        message = message.to(to.clone());
    }
    Ok(message.multipart(MultiPart::alternative_plain_html(news.text(), news.html()))?)
}

/// `Auto-Submitted: auto-generated`.
#[derive(Clone, Debug)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_has_two_forms_and_asks_for_no_answer() {
        let envelope = Envelope::new("probe@here.test", ["Ops <ops@example.test>", "b@example.test"]);
        let envelope = envelope.expect("addresses");
        let news = News { host: "here".to_owned(), items: Vec::new(), still_down: 0, checks: 1 };
        let message = message(&envelope, &news).expect("a mail").formatted();
        let text = String::from_utf8_lossy(&message);
        for wanted in [
            "From: probe@here.test\r\n",
            "To: Ops <ops@example.test>, b@example.test\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(text.contains(wanted), "{wanted:?} in {text}");
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        let error = Envelope::new("probe@here.test", ["nobody"]).expect_err("no address");
        assert_eq!(error.to_string(), "\"nobody\" is no mail address");
    }
}
