//! Which versions a client accepts.

use rustls::SupportedProtocolVersion;
use rustls::version::{TLS12, TLS13};

use super::{TlsError, TlsOptions, TlsVersion};

/// What rustls speaks, newest first.
static MODERN: [&SupportedProtocolVersion; 2] = [&TLS13, &TLS12];

/// The oldest and the newest version to accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Versions {
    pub(super) oldest: TlsVersion,
    pub(super) newest: TlsVersion,
}

impl Versions {
    /// Reads them; those that exclude each other, or that this build cannot speak, fail.
    pub(super) fn read(options: &TlsOptions) -> Result<Self, TlsError> {
        if let (Some(oldest), Some(newest)) = (options.min_version, options.max_version)
            && newest < oldest
        {
            return Err(TlsError::Options(
                "tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified"
                    .to_owned(),
            ));
        }
        let oldest = options.min_version.unwrap_or(TlsVersion::Tls12);
        let newest = options.max_version.unwrap_or(TlsVersion::Tls13);
        if newest < oldest {
            let detail =
                format!("no version is between min_version ({oldest} by default) and max_version {newest}");
            return Err(TlsError::Options(detail));
        }
        if newest < TlsVersion::Tls12 && !cfg!(feature = "legacy-tls") {
            let detail =
                format!("max_version is {newest}, for which this build lacks the feature legacy-tls");
            return Err(TlsError::Options(detail));
        }
        Ok(Self { oldest, newest })
    }

    /// Whether there is one that rustls has left behind.
    #[cfg(feature = "legacy-tls")]
    pub(super) fn are_legacy(self) -> bool {
        self.oldest < TlsVersion::Tls12
    }

    /// Those among them that rustls speaks.
    pub(super) fn modern(self) -> &'static [&'static SupportedProtocolVersion] {
        match (self.oldest, self.newest) {
            (TlsVersion::Tls13, _) => &MODERN[..1],
            (_, TlsVersion::Tls13) => &MODERN,
            _ => &MODERN[1..],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn versions(min: Option<TlsVersion>, max: Option<TlsVersion>) -> Result<Versions, String> {
        let options = TlsOptions { min_version: min, max_version: max, ..TlsOptions::default() };
        Versions::read(&options).map_err(|error| error.to_string())
    }

    #[test]
    fn versions_are_those_of_the_options_or_1_2_and_1_3() {
        use TlsVersion::{Tls12, Tls13};
        for (min, max, count) in [
            (None, None, 2),
            (Some(Tls12), Some(Tls13), 2),
            (Some(Tls13), None, 1),
            (None, Some(Tls12), 1),
            (Some(Tls12), Some(Tls12), 1),
        ] {
            assert_eq!(
                versions(min, max).map(|versions| versions.modern().len()),
                Ok(count),
                "{min:?} {max:?}"
            );
        }
    }

    #[test]
    fn versions_that_exclude_each_other_are_named() {
        use TlsVersion::{Tls11, Tls12, Tls13};
        let error = versions(Some(Tls13), Some(Tls12)).expect_err("nothing in between");
        assert!(error.starts_with("tls_config.max_version must be greater than"), "{error}");
        let error = versions(None, Some(Tls11)).expect_err("nothing in between");
        assert!(error.starts_with("no version is between min_version (TLS 1.2"), "{error}");
    }

    #[cfg(not(feature = "legacy-tls"))]
    #[test]
    fn old_versions_begin_at_1_2_or_name_the_feature() {
        use TlsVersion::{Tls10, Tls11};
        assert_eq!(versions(Some(Tls10), None).map(|versions| versions.modern().len()), Ok(2));
        let error = versions(Some(Tls10), Some(Tls11)).expect_err("nobody speaks it");
        assert!(error.contains("legacy-tls"), "{error}");
    }
}
