//! Which build this is.

use std::env::consts::{ARCH, OS};

/// The version of this program.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a build says about itself. Packagers set the variables when they compile; the words are those of the
/// reference exporter's block and of its series.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Build {
    pub(crate) branch: &'static str,
    pub(crate) revision: &'static str,
    pub(crate) user: &'static str,
    pub(crate) date: &'static str,
    pub(crate) tags: &'static str,
}

/// This build.
pub(crate) const BUILD: Build = Build {
    branch: or_unknown(option_env!("PROBE_BUILD_BRANCH")),
    revision: or_unknown(option_env!("PROBE_BUILD_REVISION")),
    user: or_unknown(option_env!("PROBE_BUILD_USER")),
    date: or_unknown(option_env!("PROBE_BUILD_DATE")),
    tags: or_unknown(option_env!("PROBE_BUILD_TAGS")),
};

impl Build {
    /// The platform in the reference exporter's words.
    pub(crate) fn platform() -> String {
        format!("{OS}/{}", Self::architecture())
    }

    /// The architecture in the reference exporter's words.
    pub(crate) fn architecture() -> &'static str {
        match ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        }
    }
}

/// The block of the reference exporter, whose first words scripts look for.
pub(super) fn text() -> String {
    let Build { branch, revision, user, date, tags } = BUILD;
    format!(
        "blackbox_exporter, version {VERSION} (branch: {branch}, revision: {revision})\n  \
           build user:       {user}\n  \
           build date:       {date}\n  \
           implementation:   probe-exporter\n  \
           platform:         {}\n  \
           tags:             {tags}\n",
        Build::platform()
    )
}

const fn or_unknown(word: Option<&'static str>) -> &'static str {
    match word {
        Some(word) => word,
        None => "unknown",
    }
}
