//! HTTP/2 over TLS: floods of frames, headers without end, bodies without end.

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::floods::{Behaviour, FLOODS, endless_body, table_bomb};
use super::server::Hostile;
use super::tls;

const PLAIN: Victim = Victim {
    module: "{prober: http, http: {tls_config: {insecure_skip_verify: true}}}",
    target: "https://127.0.0.1:{port}/",
};
const RULE: Victim = Victim {
    module: "{prober: http, http: {tls_config: {insecure_skip_verify: true}, fail_if_body_matches_regexp: [never]}}",
    target: "https://127.0.0.1:{port}/",
};

pub(crate) fn trials() -> Vec<Trial> {
    let flood = |(name, reasons, behaviour)| {
        trial(&format!("http2: {name}"), PLAIN, reasons, move || over_tls(behaviour))
    };
    let mut trials: Vec<_> = FLOODS.into_iter().map(flood).collect();
    trials.push(trial("http2: a table of headers that explodes", PLAIN, &["protocol"], || {
        over_tls(table_bomb)
    }));
    trials.push(trial("http2: a body without end that is not kept", PLAIN, &["timeout"], || {
        over_tls(endless_body)
    }));
    trials.push(trial("http2: a body without end under a rule", RULE, &["limit"], || over_tls(endless_body)));
    trials
}

fn over_tls(behaviour: Behaviour) -> Hostile {
    tls::hostile(&[b"h2"], move |stream| behaviour(stream))
}
