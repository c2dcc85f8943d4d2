//! Which path is what, beneath the prefix that the operator chose.

use std::borrow::Cow;

use crate::external_url::ExternalUrl;

/// What is served at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The same path with a slash at its end.
    AddSlash,
    Batch,
    Config,
    /// Where the outside reaches the exporter.
    External,
    Healthy,
    Landing,
    Logs,
    Metrics,
    Nothing,
    Probe,
    /// What the reference exporter's runtime tells of itself.
    Profiles,
    Ready,
    Reload,
}

/// The paths of an exporter.
#[derive(Clone, Debug)]
pub(crate) struct Paths {
    /// `/`, or `/x/`.
    pub(crate) prefix: String,
    /// Where the root leads if there is a prefix.
    pub(crate) external: String,
}

impl Paths {
    /// Beneath the operator's `prefix`, or else the path of the external URL.
    pub(crate) fn new(external: &ExternalUrl, prefix: &str) -> Self {
        Self { prefix: external.route_prefix(prefix), external: external.to_string() }
    }

    /// Whether the path is that of the landing page itself.
    pub(crate) fn is_root(&self, path: &str) -> bool {
        path == self.prefix
    }

    /// What is served at a path that is decoded and clean. Beneath the prefix, what nobody knows is the landing page.
    pub(crate) fn place(&self, path: &str) -> Place {
        if path == "/debug/pprof" || path.starts_with("/debug/pprof/") {
            return Place::Profiles;
        }
        match path.strip_prefix(&self.prefix) {
            Some("batch") => Place::Batch,
            Some("probe") => Place::Probe,
            Some("metrics") => Place::Metrics,
            Some("config") => Place::Config,
            Some("logs") => Place::Logs,
            Some("-/healthy") => Place::Healthy,
            Some("-/ready") => Place::Ready,
            Some("-/reload") => Place::Reload,
            Some(_) => Place::Landing,
            None if path == "/" => Place::External,
            None if self.prefix.strip_suffix('/') == Some(path) => Place::AddSlash,
            None => Place::Nothing,
        }
    }
}

/// The path without empty segments, `.` and `..`, as the reference exporter's server wants to be asked.
pub(crate) fn clean(path: &str) -> Cow<'_, str> {
    let odd = |segment: &str| matches!(segment, "" | "." | "..");
    let inside = path.strip_prefix('/').unwrap_or(path);
    let last = inside.strip_suffix('/').unwrap_or(inside);
    if path.starts_with('/') && (inside.is_empty() || !last.split('/').any(odd)) {
        return Cow::Borrowed(path);
    }
    let mut kept: Vec<&str> = Vec::new();
    for segment in inside.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let mut cleaned = format!("/{}", kept.join("/"));
    if path.ends_with('/') && cleaned != "/" {
        cleaned.push('/');
    }
    Cow::Owned(cleaned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(prefix: &str, path: &str) -> Place {
        let external = ExternalUrl::determine("http://e", ":1", "host").expect("a URL");
        Paths::new(&external, prefix).place(path)
    }

    #[test]
    fn without_a_prefix_unknown_paths_are_the_landing_page() {
        for (path, expected) in [
            ("/", Place::Landing),
            ("/batch", Place::Batch),
            ("/probe", Place::Probe),
            ("/metrics", Place::Metrics),
            ("/config", Place::Config),
            ("/logs", Place::Logs),
            ("/-/healthy", Place::Healthy),
            ("/-/ready", Place::Ready),
            ("/-/reload", Place::Reload),
            ("/metrics/", Place::Landing),
            ("/foo", Place::Landing),
            ("/debug", Place::Landing),
            ("/debug/pprof", Place::Profiles),
            ("/debug/pprof/heap", Place::Profiles),
        ] {
            assert_eq!(place("/", path), expected, "{path}");
        }
    }

    #[test]
    fn beneath_a_prefix_the_rest_is_nothing() {
        for (path, expected) in [
            ("/", Place::External),
            ("/bb", Place::AddSlash),
            ("/bb/", Place::Landing),
            ("/bb/metrics", Place::Metrics),
            ("/bb/other", Place::Landing),
            ("/bb/debug/pprof/", Place::Landing),
            ("/bbx", Place::Nothing),
            ("/BB/", Place::Nothing),
            ("/metrics", Place::Nothing),
            ("/debug/pprof/", Place::Profiles),
        ] {
            assert_eq!(place("bb", path), expected, "{path}");
        }
    }

    #[test]
    fn odd_segments_are_cleaned_away() {
        for (path, cleaned) in [
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a/b/", "/a/b/"),
            ("//", "/"),
            ("//metrics", "/metrics"),
            ("/bb//", "/bb/"),
            ("/./metrics", "/metrics"),
            ("/foo/../metrics", "/metrics"),
            ("/../metrics", "/metrics"),
            ("/..", "/"),
            ("/a/..", "/"),
            ("/a/../", "/"),
            ("/a/.", "/a"),
            ("/a..b/...", "/a..b/..."),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
            assert_eq!(matches!(clean(path), Cow::Borrowed(_)), path == cleaned, "{path}");
        }
    }
}
