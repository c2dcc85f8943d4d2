//! Whole networks: `probe sweep`.

mod render;
mod state;
mod status;
mod targets;

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use probe_core::net::{Egress, OpenError};
use probe_core::sweep::{
    Account, Checkpoint, Memory, Method, Rate, Space, Stopper, Sweep, SweepError, SweepOptions,
    special_purpose,
};

use self::render::Renderer;
use self::state::State;
use self::status::Status;
use super::block_on;
use super::interrupt::Interrupt;
use crate::args::SweepArgs;
use crate::output::Output;
use crate::{Exit, Surroundings};

/// Packets a second to addresses of strangers, unless told otherwise.
const POLITE: u64 = 1000;
/// So many addresses of strangers are asked without a further word.
const FEW: u64 = 1 << 16;
/// How often results go out and the progress is shown.
const TICK: Duration = Duration::from_millis(50);
/// No datagram is longer: it would be cut into fragments.
const LONGEST_PAYLOAD: usize = 1400;

/// What every engine adds to.
struct Shared {
    text: Mutex<Vec<u8>>,
}

/// `probe sweep`.
pub(crate) fn sweep(args: &SweepArgs, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    let read = match targets::read(args, output) {
        Ok(read) => read,
        Err(problem) => return usage(output, &problem),
    };
    let space = Arc::new(read.space);
    let (method, rate) = match method(args).and_then(|method| Ok((method, rate(args, &space)?))) {
        Ok(both) => both,
        Err(problem) => return usage(output, &problem),
    };
    let fingerprint = state::fingerprint(&space, &method, args);
    let saved = match args.resume.as_deref().map(|file| State::read(file, fingerprint)).transpose() {
        Ok(saved) => saved.flatten(),
        Err(problem) => return usage(output, &problem),
    };
    let seed = saved.as_ref().map(|state| state.seed).or(args.seed);
    let seed = seed.unwrap_or_else(|| RandomState::new().hash_one("seed") >> 11);
    if let (Some(asked), true) = (args.seed, saved.is_some())
        && asked != seed
    {
        return usage(output, "--seed is another one than that of the state that was saved");
    }
    let options = options(args, method, rate, seed);
    let sweeps = match open(&space, &options, args.threads, saved.map(|state| state.parts)) {
        Ok(sweeps) => sweeps,
        Err(problem) => return usage(output, &problem),
    };
    let exit =
        block_on(output, async |output| run(args, surroundings, sweeps, seed, fingerprint, output).await);
    if read.has_bad_lines && exit == Exit::Success { Exit::Failure } else { exit }
}

fn usage(output: &mut Output<'_>, problem: &str) -> Exit {
    output.say(problem);
    Exit::Usage
}

fn method(args: &SweepArgs) -> Result<Method, String> {
    let ports = args.port.clone().map(|ports| ports.0);
    Ok(match (ports, &args.udp) {
        (Some(ports), Some(file)) => {
            let payload =
                std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
            if payload.len() > LONGEST_PAYLOAD {
                return Err(format!("{} is longer than {LONGEST_PAYLOAD} bytes", file.display()));
            }
            Method::Udp { ports, payload }
        }
        (Some(ports), None) => Method::Syn { ports },
        (None, _) => Method::Echo,
    })
}

/// The rate that was asked for, or the one that is right for these addresses.
fn rate(args: &SweepArgs, space: &Space) -> Result<Rate, String> {
    let strangers = Space::new(space.ranges(), special_purpose()).map_or(u64::MAX, |space| space.len());
    if strangers > FEW && !args.yes_they_know {
        return Err(format!(
            "{strangers} of these addresses are public, which are somebody's; if they know of this, add --yes-they-know"
        ));
    }
    Ok(args.rate.unwrap_or(if strangers > 0 { Rate::Packets(POLITE) } else { Rate::Unlimited }))
}

fn options(args: &SweepArgs, method: Method, rate: Rate, seed: u64) -> SweepOptions {
    let mut options = SweepOptions::new(method, seed);
    options.rate = match rate {
        Rate::Packets(number) => Rate::Packets((number / args.threads).max(1)),
        Rate::Bits(number) => Rate::Bits((number / args.threads).max(1)),
        Rate::Unlimited => Rate::Unlimited,
    };
    options.socket = args.socket;
    options.timeout = args.wait;
    options.stamps = args.shows_times();
    options.shard = args.shard;
    (options.retries, options.memory) =
        if args.stateless { (0, Memory::Nothing) } else { (args.retries, Memory::Marks) };
    options.egress = Egress {
        source: args.egress.source,
        interface: args.egress.interface.clone(),
        tos: args.egress.tos,
        hop_limit: args.egress.ttl,
        ..Egress::default()
    };
    options
}

/// A sweep for each engine, where they were stopped if that is known.
fn open(
    space: &Arc<Space>,
    options: &SweepOptions,
    engines: u64,
    saved: Option<Vec<Checkpoint>>,
) -> Result<Vec<Sweep>, String> {
    let mut saved = saved.unwrap_or_default().into_iter();
    (0..engines)
        .map(|index| {
            let options = SweepOptions { shard: options.shard.part(index, engines), ..options.clone() };
            let mut sweep = Sweep::open(Arc::clone(space), options).map_err(|error| refused(&error))?;
            if let Some(checkpoint) = saved.next() {
                sweep.resume(&checkpoint).map_err(|error| error.to_string())?;
            }
            Ok(sweep)
        })
        .collect()
}

/// Why there is no socket, and what would help.
fn refused(error: &OpenError) -> String {
    let mut text = error.to_string();
    for remedy in error.refusals.iter().flat_map(|refusal| &refusal.remedies) {
        text.push_str(&format!("\n  to allow it: {}", remedy.line));
    }
    text
}

/// What an engine has come to.
type Outcome = (Checkpoint, bool, Result<Account, SweepError>);

async fn run(
    args: &SweepArgs,
    surroundings: &Surroundings,
    mut sweeps: Vec<Sweep>,
    seed: u64,
    fingerprint: u64,
    output: &mut Output<'_>,
) -> Exit {
    let shared = Arc::new(Shared { text: Mutex::default() });
    let renderer = Renderer::new(args);
    let mut status = Status::new(&sweeps, !args.quiet && surroundings.talks_to_terminal);
    let stoppers: Vec<Stopper> = sweeps.iter().map(Sweep::stopper).collect();
    let started = Instant::now();
    output.print(renderer.head());
    let Some(own) = sweeps.pop() else { return Exit::Usage };
    let others: Vec<_> = sweeps
        .into_iter()
        .map(|sweep| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || engine(sweep, renderer, &shared))
        })
        .collect();
    let mut was_stopped = false;
    let own = {
        let mut own = Box::pin(drive(own, renderer, &shared));
        let mut interrupt = Interrupt::listen();
        loop {
            tokio::select! {
                outcome = &mut own => break outcome,
                () = tokio::time::sleep(TICK) => {}
                () = async {
                    match &mut interrupt {
                        Ok(interrupt) => interrupt.wait().await,
                        Err(_) => std::future::pending().await,
                    }
                } => {
                    was_stopped = true;
                }
            }
            flush(&shared, output);
            status.show(output);
            if was_stopped || output.is_closed() {
                stoppers.iter().for_each(Stopper::stop);
            }
        }
    };
    let mut outcomes = Vec::new();
    for other in others {
        while !other.is_finished() {
            tokio::time::sleep(TICK / 10).await;
            flush(&shared, output);
            status.show(output);
        }
        outcomes.extend(other.join());
    }
    outcomes.push(own);
    flush(&shared, output);
    status.clear(output);
    finish(
        args,
        outcomes,
        &Ended { seed, fingerprint, seconds: started.elapsed(), renderer, status: &status },
        output,
    )
}

/// What is known at the end besides the outcomes.
struct Ended<'e> {
    seed: u64,
    fingerprint: u64,
    seconds: Duration,
    renderer: Renderer,
    status: &'e Status,
}

fn finish(args: &SweepArgs, outcomes: Vec<Outcome>, ended: &Ended<'_>, output: &mut Output<'_>) -> Exit {
    let mut account = Account::default();
    let mut is_done = true;
    let mut parts = Vec::new();
    let mut problem = None;
    for (checkpoint, done, outcome) in outcomes {
        account += checkpoint.account;
        is_done &= done;
        parts.push(checkpoint);
        problem = problem.or(outcome.err());
    }
    output.print(&ended.renderer.tail(&account, ended.seconds, is_done));
    if !args.quiet {
        output.talk(&ended.status.summary(&account, ended.seconds, ended.seed));
    }
    if let Some(problem) = &problem {
        let cause = std::error::Error::source(problem).map(|cause| format!(": {cause}")).unwrap_or_default();
        output.say(&format!("{problem}{cause}"));
    }
    if let Some(file) = &args.resume {
        let state = State { seed: ended.seed, parts };
        let kept = if is_done { state::remove(file) } else { state.write(file, ended.fingerprint) };
        match kept {
            Ok(()) if !is_done => output.say(&format!("stopped; --resume {} goes on here", file.display())),
            Ok(()) => {}
            Err(problem) => return usage(output, &problem),
        }
    } else if !is_done && !args.quiet {
        output.say("stopped before the end");
    }
    match problem {
        Some(_) => Exit::Usage,
        None => Exit::of(is_done && account.open > 0),
    }
}

fn flush(shared: &Shared, output: &mut Output<'_>) {
    let text = std::mem::take(&mut *shared.text.lock().unwrap_or_else(PoisonError::into_inner));
    if !text.is_empty() {
        output.write(&text);
    }
}

/// Runs a sweep on this thread's runtime.
async fn drive(mut sweep: Sweep, renderer: Renderer, shared: &Shared) -> Outcome {
    let outcome = sweep
        .run(|hit| renderer.hit(&hit, &mut shared.text.lock().unwrap_or_else(PoisonError::into_inner)))
        .await;
    (sweep.checkpoint(), sweep.is_done(), outcome)
}

/// Runs a sweep on a thread of its own.
fn engine(sweep: Sweep, renderer: Renderer, shared: &Shared) -> Outcome {
    match tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build() {
        Ok(runtime) => runtime.block_on(drive(sweep, renderer, shared)),
        Err(error) => (sweep.checkpoint(), false, Err(SweepError::Socket(error))),
    }
}
