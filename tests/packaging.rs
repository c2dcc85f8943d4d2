//! The files of `dist/` are what they say: unit, container, compose, rules, dashboard.

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

#[path = "support/exporter.rs"]
#[allow(dead_code)]
mod exporter;

fn main() {
    let arguments = Arguments::from_args();
    let trial = |name: &str, fact: fn() -> Result<Completion, Failed>| Trial::ignorable_test(name, fact);
    let trials = vec![
        trial("the rules are good and alert when they should", rules),
        trial("Prometheus reads its configuration", prometheus),
        trial("systemd reads the unit, and finds little exposed", unit),
        trial("the recipe of the container names what is there", container),
        trial("the composition and the dashboards can be read", documents),
        trial("the package lists what is there", package),
        trial("the lines for cron and systemd are lines that probe understands", recipes),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Runs a tool in a folder; ignored where it is not.
fn run(tool: &str, folder: &str, arguments: &[&str]) -> Result<Result<String, Completion>, Failed> {
    let output = Command::new(tool).args(arguments).current_dir(root().join(folder)).output();
    let output = match output {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Err(Completion::ignored_with(format!("{tool} is not here"))));
        }
        Err(error) => return Err(error.into()),
    };
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        Ok(Ok(said.into_owned()))
    } else {
        Err(format!("{tool} {arguments:?}: {said}").into())
    }
}

fn rules() -> Result<Completion, Failed> {
    let folder = "dist/compose/prometheus";
    for arguments in [["check", "rules", "rules.yml"], ["test", "rules", "rules_test.yml"]] {
        if let Err(ignored) = run("promtool", folder, &arguments)? {
            return Ok(ignored);
        }
    }
    Ok(Completion::Completed)
}

fn prometheus() -> Result<Completion, Failed> {
    let checked = run("promtool", "dist/compose/prometheus", &["check", "config", "prometheus.yml"])?;
    Ok(checked.map_or_else(|ignored| ignored, |_| Completion::Completed))
}

fn unit() -> Result<Completion, Failed> {
    let arguments =
        ["security", "--offline=true", "--threshold=20", "--no-pager", "dist/systemd/probe-exporter.service"];
    let checked = run("systemd-analyze", ".", &arguments)?;
    Ok(checked.map_or_else(|ignored| ignored, |_| Completion::Completed))
}

fn container() -> Result<Completion, Failed> {
    let text = read("dist/Containerfile").replace("\\\n", " ");
    let mut stages = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let (word, rest) = line.split_once(' ').ok_or_else(|| format!("{line:?} is no instruction"))?;
        match word {
            "FROM" => stages.extend(rest.split_once(" AS ").map(|(_, name)| name.to_owned())),
            "COPY" => {
                let sources: Vec<&str> = rest.split(' ').collect();
                let (_, sources) = sources.split_last().expect("a destination");
                match sources[0].strip_prefix("--from=") {
                    Some(stage) if stages.iter().any(|known| known == stage) => {}
                    Some(stage) => return Err(format!("there is no stage {stage}").into()),
                    None => {
                        for source in sources {
                            assert!(root().join(source).exists(), "{source} is not there");
                        }
                    }
                }
            }
            "ENTRYPOINT" | "CMD" => {
                let words: Vec<String> = serde_json::from_str(rest)?;
                assert!(!words.is_empty());
            }
            "RUN" | "WORKDIR" | "USER" | "EXPOSE" => assert!(!rest.trim().is_empty()),
            other => return Err(format!("{other} is no instruction that belongs there").into()),
        }
    }
    assert_eq!(stages, ["build"]);
    Ok(Completion::Completed)
}

fn documents() -> Result<Completion, Failed> {
    for path in ["dist/compose/compose.yml", "dist/compose/alertmanager/alertmanager.yml"] {
        let mut errors = probe_core::settings::Errors::in_file(path);
        let parsed = probe_core::config::parse(&read(path), &mut errors);
        assert!(parsed.is_some() && errors.is_empty(), "{errors}");
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(&read("dist/compose/grafana/dashboards/probes.json"))?;
    let panels = dashboard["panels"].as_array().ok_or("a dashboard has panels")?;
    assert!(panels.len() > 3);
    let compose = read("dist/compose/compose.yml");
    for line in compose.lines().filter_map(|line| line.trim().strip_prefix("- ./")) {
        let path = line.split(':').next().unwrap_or_default();
        assert!(root().join("dist/compose").join(path).exists(), "{path} is not there");
    }
    Ok(Completion::Completed)
}

/// Runs the command of every recipe with places of the test's own.
fn recipes() -> Result<Completion, Failed> {
    let program = exporter::ours("PROBE_BIN", "probe");
    if let Some(reason) = exporter::absent(&program) {
        return Ok(Completion::ignored_with(reason));
    }
    let folder = std::env::temp_dir().join(format!("probe-recipes-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let list = folder.join("checks.txt");
    std::fs::write(&list, "tcp_connect 127.0.0.1:1\n")?;
    let cron = read("dist/cron/probe");
    let unit = read("dist/systemd/probe-batch.service");
    let of_cron = cron.lines().find_map(|line| line.split_once("root  probe ")).ok_or("no line of cron")?.1;
    let of_unit =
        unit.lines().find_map(|line| line.split_once("ExecStart=/usr/bin/probe ")).ok_or("no ExecStart")?.1;
    for line in [of_cron, of_unit] {
        let place = |word: &str| match word.rsplit_once('/') {
            Some((_, name)) => folder.join(name).display().to_string(),
            None => word.to_owned(),
        };
        let words: Vec<String> =
            line.split(' ').map(place).map(|word| if word == "10" { "0.01".into() } else { word }).collect();
        let output = Command::new(&program).args(&words).output()?;
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(std::fs::read_to_string(folder.join("checks.prom"))?.contains("probe_success{"));
        std::fs::remove_file(folder.join("checks.prom"))?;
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(Completion::Completed)
}

fn package() -> Result<Completion, Failed> {
    let manifest = read("probe-exporter/Cargo.toml");
    let mut files = 0;
    for line in manifest.lines().filter_map(|line| line.trim().strip_prefix("[\"../")) {
        let path = line.split('"').next().unwrap_or_default();
        assert!(root().join(path).exists(), "{path} is not there");
        files += 1;
    }
    assert!(files > 5, "the package has too few files");
    Ok(Completion::Completed)
}
