//! `resolver` in a module: the name server it asks in place of the system's.

use super::tls::{dump_tls_options, read_tls_options};
use crate::net::{NameServerOptions, NameServerProtocol, USUAL_DNS_PATH};
use crate::settings::{Dump, Errors, Section};

/// Reads the section `resolver` inside `section`, if it is there.
pub fn read_name_server(section: &mut Section<'_>, errors: &mut Errors) -> Option<NameServerOptions> {
    let mut inner = section.section("resolver", errors)?;
    let address = inner.string("address", errors).unwrap_or_default();
    let protocol = inner.one_of("protocol", &NameServerProtocol::WORDS, errors);
    let protocol = protocol.unwrap_or(NameServerProtocol::Udp);
    let path = inner.string("path", errors);
    if let Some(path) = &path {
        let problem = match protocol {
            NameServerProtocol::Https if path.starts_with('/') => None,
            NameServerProtocol::Https => Some("does not start with a slash"),
            _ => Some("only allowed with protocol https"),
        };
        if let Some(problem) = problem {
            inner.problem("path", problem, errors);
        }
    }
    let options = NameServerOptions {
        address,
        protocol,
        tls: read_tls_options(&mut inner, errors),
        path: path.unwrap_or_else(|| USUAL_DNS_PATH.to_owned()),
    };
    if options.address.is_empty() {
        inner.problem("address", "missing, allowed host or host:port of a name server", errors);
    } else if options.host_and_port().is_none() {
        inner.problem("address", "the port is not a number from 0 to 65535", errors);
    }
    inner.finish(errors);
    Some(options)
}

/// Writes the keys of the section.
pub fn dump_name_server(options: &NameServerOptions, out: &mut Dump) {
    out.string("address", &options.address);
    if options.protocol != NameServerProtocol::Udp {
        out.string("protocol", options.protocol.as_str());
    }
    if options.protocol == NameServerProtocol::Https && options.path != USUAL_DNS_PATH {
        out.string("path", &options.path);
    }
    dump_tls_options(&options.tls, out);
}
