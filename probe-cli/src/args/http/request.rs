//! What is asked for, and how.

use clap::Args;
use clap::builder::PossibleValuesParser;
use probe_core::prober::http::HttpSettings;

use crate::args::values;

/// What is asked for, and how.
#[derive(Args, Debug)]
#[command(next_help_heading = "Request")]
pub(crate) struct RequestArgs {
    /// The method [default: GET, or POST with --data]
    #[arg(short = 'X', long = "request", visible_alias = "method", value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Ask for the head of the answer alone
    #[arg(short = 'I', long, conflicts_with_all = ["method", "data"])]
    pub(crate) head: bool,
    /// Send this header
    #[arg(short = 'H', long, value_name = "NAME: VALUE", value_parser = values::header)]
    pub(crate) header: Vec<(String, String)>,
    /// Send this body, or the file behind an @
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub(crate) data: Option<String>,
    /// Call ourselves this; empty to say nothing
    #[arg(short = 'A', long, value_name = "NAME")]
    pub(crate) user_agent: Option<String>,
    /// Log in with this user name and password
    #[arg(short, long, value_name = "USER:PASSWORD", value_parser = values::user)]
    pub(crate) user: Option<(String, String)>,
    /// Follow redirects; the default, unlike in curl
    #[arg(short = 'L', long, conflicts_with = "no_follow")]
    pub(crate) location: bool,
    /// Do not follow redirects: the first answer counts
    #[arg(long)]
    pub(crate) no_follow: bool,
    /// Offer HTTP/1.1 alone
    #[arg(long = "http1.1", conflicts_with_all = ["http2", "http3"])]
    pub(crate) http1: bool,
    /// Fail unless the answer comes over HTTP/2
    #[arg(long, conflicts_with = "http3")]
    pub(crate) http2: bool,
    /// Use HTTP/3
    #[arg(long)]
    pub(crate) http3: bool,
    /// Ask for this compression, and undo it
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(["gzip", "br", "deflate", "identity"]))]
    pub(crate) compression: Option<String>,
}

impl RequestArgs {
    pub(super) fn apply(&self, settings: &mut HttpSettings) {
        self.method().clone_into(&mut settings.method);
        settings.headers = self.header.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        if let Some(name) = &self.user_agent {
            settings.headers.push(("User-Agent".to_owned(), name.clone()));
        }
        match self.data.as_deref().map(|data| (data, data.strip_prefix('@'))) {
            Some((_, Some(file))) => file.clone_into(&mut settings.body_file),
            Some((text, None)) => settings.body = text.as_bytes().to_vec(),
            None => {}
        }
        settings.client.enable_http2 = !self.http1 && !self.http3;
        settings.enable_http3 = self.http3;
        if self.http2 {
            settings.valid_http_versions = vec!["HTTP/2.0".to_owned()];
        }
        self.compression.clone().unwrap_or_default().clone_into(&mut settings.compression);
    }

    fn method(&self) -> &str {
        match (&self.method, self.head, &self.data) {
            (Some(method), _, _) => method,
            (None, true, _) => "HEAD",
            (None, false, Some(_)) => "POST",
            (None, false, None) => "GET",
        }
    }
}
