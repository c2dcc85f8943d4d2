//! Many checks from a list: `probe batch`.

mod changes;
mod lock;
mod mail;
mod progress;

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use probe_core::config::checks::{self, Check};
use probe_core::config::{BUILT_IN_MODULES, Config};
use probe_core::model::Report;
use probe_core::prober::{BUILTIN, Prober, Services, run};
use probe_core::settings::Errors;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep, sleep_until};

use self::changes::Changes;
use self::lock::{Lock, random_part};
use self::mail::Mail;
use self::progress::Progress;
use super::{block_on, joined, module, services};
use crate::args::BatchArgs;
use crate::output::Output;
use crate::plan::{MODULE_TIMEOUT, Planned};
use crate::show::Show;
use crate::{Exit, Surroundings};

/// `probe batch`.
pub(crate) fn batch(args: &BatchArgs, surroundings: &Surroundings, output: &mut Output<'_>) -> Exit {
    // Until the program ends.
    let _lock = match args.lock.as_deref().map(Lock::take).transpose() {
        Ok(lock) => lock,
        Err(problem) => {
            output.say(&problem.to_string());
            return if problem.is_held() { Exit::Locked } else { Exit::Usage };
        }
    };
    let config = match &args.config {
        Some(file) => module::load(file, output),
        None => Config::parse(BUILT_IN_MODULES.as_bytes(), "built-in modules", BUILTIN).ok(),
    };
    let Some(config) = config else { return Exit::Usage };
    for warning in &config.warnings {
        output.talk(&format!("{warning}\n"));
    }
    let Some((name, text)) = read(args, output) else { return Exit::Usage };
    let mut errors = Errors::in_file(name.clone());
    let checks = checks::read(&text, args.module.as_deref(), &mut errors);
    let mut planned = plan(checks, &config, args, &mut errors);
    for problem in errors.problems() {
        output.talk(&format!("{problem}\n"));
    }
    let bad = errors.problems().len();
    if planned.is_empty() {
        if bad == 0 {
            output.say(&format!("{name} has no checks"));
        }
        return Exit::Usage;
    }
    block_on(output, async |output| {
        let mut show = Show::new(&args.show, surroundings, output);
        for probe in &mut planned {
            probe.options.keep_details = show.has_details(false);
        }
        let mut changes = match args.only_changes.as_deref().map(Changes::read).transpose() {
            Ok(_) if args.only_changes.is_some() && !show.is_line_by_line() => {
                show.output()
                    .say("--only-changes shows results one by one: in the formats text, jsonl and csv");
                return Exit::Usage;
            }
            Ok(changes) => changes,
            Err(problem) => {
                show.output().say(&problem);
                return Exit::Usage;
            }
        };
        let services = services(true, surroundings);
        let mut mail = match Mail::new(&args.mail, &services) {
            Ok(mail) => mail,
            Err(problem) => {
                show.output().say(&problem);
                return Exit::Usage;
            }
        };
        if let Some(splay) = args.splay {
            sleep(random_part(splay)).await;
        }
        let mut progress = Progress::new(planned.len(), show.leaves_room_for_progress(surroundings));
        let mut look = |report: &Report| {
            if let Some(mail) = &mut mail {
                mail.look(report);
            }
        };
        check(planned, &services, args, &mut show, &mut progress, changes.as_mut(), &mut look).await;
        progress.end(show.output());
        if let Some(Err(problem)) = changes.map(Changes::write) {
            show.output().say(&problem);
            show.is_missing_something();
        }
        if bad > 0 {
            show.output().say(&format!("{bad} problems in {name}; what they are about was not checked"));
            show.is_missing_something();
        }
        let mailed = match mail {
            Some(mail) => mail.finish(SystemTime::now()).await,
            None => Ok(()),
        };
        if let Err(problem) = &mailed {
            show.output().say(problem);
        }
        let is_plugin = args.show.format.is_plugin();
        let exit = show.finish(&services).await;
        if mailed.is_err() && !is_plugin { Exit::NotPushed } else { exit }
    })
}

/// The name of the list, and its text.
fn read(args: &BatchArgs, output: &mut Output<'_>) -> Option<(String, String)> {
    let is_input = args.list.as_os_str() == "-";
    let name = if is_input { "standard input".to_owned() } else { args.list.display().to_string() };
    let mut text = String::new();
    let read = if is_input {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(&args.list).map(|read| text = read)
    };
    match read {
        Ok(()) => Some((name, text)),
        Err(error) => {
            output.say(&format!("cannot read {name}: {error}"));
            None
        }
    }
}

/// The probes, in the order of the list. A module is built once, however many checks use it.
fn plan(checks: Vec<Check>, config: &Config, args: &BatchArgs, errors: &mut Errors) -> Vec<Planned> {
    let mut built: HashMap<String, Option<Arc<dyn Prober>>> = HashMap::new();
    let mut planned = Vec::with_capacity(checks.len());
    for check in checks {
        let Some(module) = config.modules.get(&check.module) else {
            let known: Vec<&str> = config.modules.keys().map(String::as_str).collect();
            let message = format!("there is no module {:?}, there are {}", check.module, known.join(", "));
            errors.push(check.place, "", message);
            continue;
        };
        let prober = built.entry(check.module.clone()).or_insert_with(|| module.build());
        let Some(prober) = prober.clone() else {
            errors.push(
                check.place,
                "",
                format!("module {:?} has no prober that this build knows", check.module),
            );
            continue;
        };
        let timeout = check.timeout.or(args.show.timeout).or(module.common.timeout).unwrap_or(MODULE_TIMEOUT);
        let mut options = module.run_options(timeout);
        options.labels = check.labels;
        planned.push(Planned { prober, target: check.target, options });
    }
    planned
}

/// Runs all checks; each report is shown as soon as it and all before it are there.
async fn check(
    planned: Vec<Planned>,
    services: &Services,
    args: &BatchArgs,
    show: &mut Show<'_, '_>,
    progress: &mut Progress,
    mut changes: Option<&mut Changes>,
    look: &mut impl FnMut(&Report),
) {
    let gate = Arc::new(Semaphore::new(args.concurrency as usize));
    let gap = args.spread.unwrap_or(Duration::ZERO) / planned.len().max(1) as u32;
    let begun = Instant::now();
    let mut tasks = Vec::with_capacity(planned.len());
    for (index, probe) in planned.into_iter().enumerate() {
        tasks.push(tokio::spawn(pass(gate.clone(), begun + gap * index as u32, probe, services.clone())));
    }
    for task in tasks {
        let report = joined(task).await;
        progress.ended(report.is_success(), show.output());
        look(&report);
        match changes.as_mut().map(|changes| changes.look(&report)) {
            None => show.report(report),
            Some(None) => show.unchanged(report),
            Some(Some(words)) => {
                show.report(report);
                if !words.is_empty() && show.is_text_with_packets() {
                    show.output().print(&format!("     {words}\n"));
                }
            }
        }
    }
}

async fn pass(gate: Arc<Semaphore>, start: Instant, probe: Planned, services: Services) -> Report {
    sleep_until(start).await;
    // The gate is never closed; if it were, probing without one would be right.
    let _permit = gate.acquire().await;
    run(&*probe.prober, &probe.target, &probe.options, &services).await
}
