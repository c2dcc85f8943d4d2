//! What a reference means where it was found (RFC 3986 section 5.2).

use super::Url;

/// The URL that `reference` means at `base`.
pub(super) fn resolve(base: &Url, reference: Url) -> Url {
    let mut url = reference;
    let has_scheme = !url.scheme.is_empty();
    if !has_scheme {
        url.scheme.clone_from(&base.scheme);
    }
    if has_scheme || !url.host.is_empty() || url.user.is_some() {
        url.path = without_dots(&url.path, "");
        return url;
    }
    if url.path.is_empty() && url.query.is_none() {
        url.query.clone_from(&base.query);
    }
    if url.path.is_empty() && !base.opaque.is_empty() {
        url.opaque.clone_from(&base.opaque);
        return url;
    }
    url.host.clone_from(&base.host);
    url.user.clone_from(&base.user);
    url.path = without_dots(&base.path, &url.path);
    url
}

/// Takes `reference` relative to the path `base` and removes the segments `.` and `..`.
fn without_dots(base: &str, reference: &str) -> String {
    let directory = base.rfind('/').map_or("", |slash| &base[..=slash]);
    let (directory, rest) = match reference {
        "" => ("", base),
        absolute if absolute.starts_with('/') => ("", absolute),
        relative => (directory, relative),
    };
    if directory.is_empty() && rest.is_empty() {
        return String::new();
    }
    let full = [directory, rest].concat();
    // Rooted in any case, so a leading slash is no segment of its own.
    let mut segments: Vec<&str> = Vec::new();
    for segment in full.strip_prefix('/').unwrap_or(&full).split('/') {
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut path = format!("/{}", segments.join("/"));
    let is_directory = full.ends_with("/.") || full.ends_with("/..") || full == "." || full == "..";
    if is_directory && !path.ends_with('/') {
        path.push('/');
    }
    path
}
