//! What the answer must be like.

use clap::Args;
use probe_core::prober::http::{Expression, HeaderRule, HttpSettings};
use probe_core::settings::Pattern;

use crate::args::values::{self, Statuses};

/// What the answer must be like.
#[derive(Args, Debug)]
#[command(next_help_heading = "Verdict")]
pub(crate) struct RuleArgs {
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = values::statuses,
          help = "Status codes that are good: 200,204 or 200-299 or 2xx [default: 2xx]")]
    pub(crate) status: Vec<Statuses>,
    /// Fail unless the body matches this regular expression
    #[arg(long = "match", visible_alias = "fail-if-body-not-matches", value_name = "RE", value_parser = values::pattern)]
    pub(crate) matches: Vec<Pattern>,
    /// Fail if the body matches this regular expression
    #[arg(long = "no-match", visible_alias = "fail-if-body-matches", value_name = "RE", value_parser = values::pattern)]
    pub(crate) no_matches: Vec<Pattern>,
    /// Fail unless the header matches this regular expression
    #[arg(long, visible_alias = "fail-if-header-not-matches", value_name = "NAME: RE", value_parser = values::header_pattern)]
    pub(crate) match_header: Vec<(String, Pattern)>,
    /// Fail if the header matches this regular expression
    #[arg(long, visible_alias = "fail-if-header-matches", value_name = "NAME: RE", value_parser = values::header_pattern)]
    pub(crate) no_match_header: Vec<(String, Pattern)>,
    /// Fail unless this holds for the body, read as JSON (CEL)
    #[arg(long, visible_alias = "fail-if-body-json-not-matches-cel", value_name = "CEL", value_parser = values::expression)]
    pub(crate) match_json: Option<Expression>,
    /// Fail if this holds for the body, read as JSON (CEL)
    #[arg(long, visible_alias = "fail-if-body-json-matches-cel", value_name = "CEL", value_parser = values::expression)]
    pub(crate) no_match_json: Option<Expression>,
    /// Fail if the last answer came over TLS
    #[arg(long)]
    pub(crate) fail_if_ssl: bool,
    /// Fail if the last answer came without TLS
    #[arg(long)]
    pub(crate) fail_if_not_ssl: bool,
    /// Fail if the body, decompressed, has more bytes
    #[arg(long, value_name = "BYTES", value_parser = values::whole(1..=i64::MAX))]
    pub(crate) max_filesize: Option<i64>,
}

impl RuleArgs {
    pub(super) fn apply(&self, settings: &mut HttpSettings) {
        settings.valid_status_codes = self.status.iter().flat_map(|Statuses(codes)| codes.clone()).collect();
        settings.fail_if_body_not_matches_regexp.clone_from(&self.matches);
        settings.fail_if_body_matches_regexp.clone_from(&self.no_matches);
        settings.fail_if_header_not_matches = self.match_header.iter().map(rule).collect();
        // A header that is not there does not match.
        settings.fail_if_header_matches = self
            .no_match_header
            .iter()
            .map(rule)
            .map(|rule| HeaderRule { allow_missing: true, ..rule })
            .collect();
        settings.fail_if_body_json_not_matches_cel.clone_from(&self.match_json);
        settings.fail_if_body_json_matches_cel.clone_from(&self.no_match_json);
        settings.fail_if_ssl = self.fail_if_ssl;
        settings.fail_if_not_ssl = self.fail_if_not_ssl;
        settings.body_size_limit = self.max_filesize.unwrap_or_default();
    }
}

fn rule((name, pattern): &(String, Pattern)) -> HeaderRule {
    HeaderRule { header: name.clone(), regexp: pattern.clone(), allow_missing: false }
}
