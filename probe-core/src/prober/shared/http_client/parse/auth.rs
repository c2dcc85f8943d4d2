//! `basic_auth` and `authorization`.

use super::read_source;
use crate::prober::shared::http_client::settings::{Authorization, BasicAuth};
use crate::settings::{Errors, Section};

/// The scheme of an `authorization` without `type`.
const DEFAULT_SCHEME: &str = "Bearer";

pub(super) fn read_basic(section: &mut Section<'_>, errors: &mut Errors) -> Option<BasicAuth> {
    let mut inner = section.section("basic_auth", errors).filter(Section::is_given)?;
    let settings = BasicAuth {
        username: read_source(
            &mut inner,
            ["username", "username_file", "username_ref"],
            "at most one of basic_auth username, username_file & username_ref must be configured",
            errors,
        ),
        password: read_source(
            &mut inner,
            ["password", "password_file", "password_ref"],
            "at most one of basic_auth password, password_file & password_ref must be configured",
            errors,
        ),
    };
    inner.finish(errors);
    Some(settings)
}

pub(super) fn read_authorization(section: &mut Section<'_>, errors: &mut Errors) -> Option<Authorization> {
    let mut inner = section.section("authorization", errors).filter(Section::is_given)?;
    let scheme = inner.string("type", errors).unwrap_or_default().trim().to_owned();
    if scheme.eq_ignore_ascii_case("basic") {
        let message = "authorization type cannot be set to \"basic\", use \"basic_auth\" instead";
        inner.problem("type", message, errors);
    }
    let settings = Authorization {
        scheme: if scheme.is_empty() { DEFAULT_SCHEME.into() } else { scheme },
        credentials: read_source(
            &mut inner,
            ["credentials", "credentials_file", "credentials_ref"],
            "at most one of authorization credentials & credentials_file must be configured",
            errors,
        ),
    };
    inner.finish(errors);
    Some(settings)
}
