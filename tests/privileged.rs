//! The engine against the real kernel, in network namespaces that each trial makes for itself: privileges, failures,
//! hosts that misbehave, scale, and clean endings.
//!
//! Needs root and the tools `ip`, `nft`, `setpriv` and `setcap`. What cannot run is ignored and says why.

#[path = "privileged/bench.rs"]
mod bench;
#[path = "privileged/ending.rs"]
mod ending;
#[path = "support/exporter.rs"]
#[allow(dead_code)]
mod exporter;
#[path = "privileged/failures.rs"]
mod failures;
#[path = "privileged/features.rs"]
mod features;
#[path = "privileged/fping.rs"]
mod fping;
#[path = "privileged/identity.rs"]
mod identity;
#[path = "privileged/matrix.rs"]
mod matrix;
#[path = "privileged/misbehaviour.rs"]
mod misbehaviour;
#[path = "privileged/network.rs"]
mod network;
#[path = "privileged/outcome.rs"]
mod outcome;
#[path = "privileged/policy.rs"]
mod policy;
#[path = "privileged/remedies.rs"]
mod remedies;
#[path = "privileged/routers.rs"]
mod routers;
#[path = "privileged/scale.rs"]
mod scale;
#[path = "privileged/sweeps.rs"]
mod sweeps;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let trials = [
        matrix::trials(),
        remedies::trials(),
        features::trials(),
        failures::trials(),
        routers::trials(),
        misbehaviour::trials(),
        policy::trials(),
        scale::trials(),
        sweeps::trials(),
        fping::trials(),
        ending::trials(),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials.into_iter().flatten().collect());
    identity::remove_programs();
    conclusion.exit();
}
