//! Says who we are: authentication and further headers, as the client block has them. Files are read for every request.

use super::client::HttpClient;
use super::oauth2;
use super::settings::HttpClientSettings;
use super::text_source::{read_optional, read_text};
use crate::model::ProbeError;
use crate::net::Policy;
use crate::net::http::{Fields, basic};
use crate::prober::Context;
use crate::prober::shared::{EgressSettings, Preference};

/// Says who we are. Made for one probe, for which it fetches at most one token.
pub struct Authorizer<'a> {
    settings: &'a HttpClientSettings,
    token: Option<String>,
}

impl<'a> Authorizer<'a> {
    /// One for a probe.
    pub fn new(settings: &'a HttpClientSettings) -> Self {
        Self { settings, token: None }
    }

    /// Adds authentication, unless the fields have some. A token counts more than they do, as in the reference exporter.
    /// Not bound in time: whoever waits watches the deadline.
    pub async fn authorize(
        &mut self,
        fields: &mut Fields,
        user_agent: &str,
        egress: &EgressSettings,
        preference: Preference,
        cx: &Context<'_>,
    ) -> Result<(), ProbeError> {
        if let Some(settings) = &self.settings.oauth2 {
            let token = if let Some(token) = self.token.take() {
                token
            } else {
                // The token server is the operator's choice, wherever it is.
                let policy = Policy::operator();
                let cx = &Context { policy: &policy, ..*cx };
                let mut client = HttpClient::new(&settings.tls, &settings.proxy, egress, preference, cx)?;
                Box::pin(oauth2::fetch(settings, &mut client, user_agent)).await?
            };
            fields.set("Authorization", token.as_str());
            self.token = Some(token);
        }
        if fields.first("Authorization").is_some_and(|value| !value.is_empty()) {
            return Ok(());
        }
        if let Some(basic_auth) = &self.settings.basic_auth {
            let name = read_optional(basic_auth.username.as_ref(), "username")?;
            let password = read_optional(basic_auth.password.as_ref(), "password")?;
            fields.set("Authorization", basic(&name, &password));
        } else if let Some(authorization) = &self.settings.authorization {
            let credentials = read_optional(authorization.credentials.as_ref(), "authorization credentials")?;
            fields.set("Authorization", format!("{} {credentials}", authorization.scheme));
        }
        Ok(())
    }

    /// Adds the headers of `http_headers` whose name `may_be_sent` approves.
    pub fn add_headers(
        &self,
        fields: &mut Fields,
        may_be_sent: impl Fn(&str) -> bool,
    ) -> Result<(), ProbeError> {
        for (name, values) in self.settings.http_headers.iter().filter(|(name, _)| may_be_sent(name)) {
            for value in &values.values {
                fields.add(name.as_str(), value.as_str());
            }
            for value in &values.secrets {
                fields.add(name.as_str(), value.expose());
            }
            for path in &values.files {
                fields.add(name.as_str(), read_text(path, "header's value")?);
            }
        }
        Ok(())
    }
}
