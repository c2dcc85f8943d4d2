//! gRPC in the clear: servers that fall silent at every step, floods of frames, messages without end.

use libtest_mimic::Trial;

use super::attack::{Victim, trial};
use super::floods::{Behaviour, FLOODS, endless_body, largest_message, table_bomb};
use super::server::{Hostile, read_forever, write_forever};

const CHECK: Victim =
    Victim { module: "{prober: grpc, grpc: {preferred_ip_protocol: ip4}}", target: "127.0.0.1:{port}" };
const CHECK_OVER_TLS: Victim = Victim {
    module: "{prober: grpc, grpc: {tls: true, tls_config: {insecure_skip_verify: true}}}",
    target: "127.0.0.1:{port}",
};

pub(crate) fn trials() -> Vec<Trial> {
    let flood = |(name, reasons, behaviour)| {
        trial(&format!("grpc: {name}"), CHECK, reasons, move || clear(behaviour))
    };
    let mut trials: Vec<_> = FLOODS.into_iter().map(flood).collect();
    trials.push(trial("grpc: silence in place of TLS", CHECK_OVER_TLS, &["timeout"], || {
        clear(|channel| read_forever(channel))
    }));
    trials.push(trial("grpc: rubbish without end", CHECK, &["protocol"], || {
        clear(|channel| write_forever(channel, b"rubbish"))
    }));
    trials.push(trial("grpc: a table of headers that explodes", CHECK, &["protocol"], || clear(table_bomb)));
    trials.push(trial("grpc: a body without end", CHECK, &["protocol"], || clear(endless_body)));
    trials.push(trial("grpc: a message of four gigabytes", CHECK, &["limit"], || clear(largest_message)));
    trials
}

fn clear(behaviour: Behaviour) -> Hostile {
    Hostile::new(move |mut stream, _| behaviour(&mut stream))
}
