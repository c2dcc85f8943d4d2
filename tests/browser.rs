//! The pages for operators in a real browser: they work, and break none of the rules that they set themselves.
//!
//! Needs `chromium`, which runs without a window. Where it is not, the trials are ignored and say so.

use std::process::Command;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

#[path = "support/exporter.rs"]
#[allow(dead_code)]
mod exporter;

use exporter::Exporter;

const MODULES: &str = "  tcp_connect: {prober: tcp, timeout: 2s, tcp: {tcp_info: true}}";

fn main() {
    let arguments = Arguments::from_args();
    let trial = |name: &str, fact: fn(&Exporter) -> Result<(), Failed>| {
        Trial::ignorable_test(name, move || {
            if let Some(reason) = exporter::absent(&exporter::program()) {
                return Ok(Completion::ignored_with(reason));
            }
            if Command::new("chromium").arg("--version").output().is_err() {
                return Ok(Completion::ignored_with("chromium is not here"));
            }
            let exporter = Exporter::start(MODULES);
            exporter.probe("tcp_connect", &format!("127.0.0.1:{}", exporter.port));
            exporter.probe("tcp_connect", "127.9.9.9:1");
            fact(&exporter).map(|()| Completion::Completed)
        })
    };
    let trials = vec![
        trial("the overview lists probes and its script narrows them", overview),
        trial("the filter of the address narrows the list as the script does", filtered),
        trial("a probe in full has its log and its phases", one_probe),
    ];
    libtest_mimic::run(&arguments, trials).exit();
}

/// The page after its scripts ran. Fails if the browser refuses anything of it.
fn page(exporter: &Exporter, path: &str) -> Result<String, Failed> {
    let folder = std::env::temp_dir().join(format!("probe-browser-{}-{}", std::process::id(), exporter.port));
    let url = format!("http://127.0.0.1:{}{path}", exporter.port);
    let mut command = Command::new("timeout");
    command.args(["--kill-after=5", "120", "chromium", "--headless", "--no-sandbox", "--disable-gpu"]);
    command.args(["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"]);
    command.args([
        "--disable-component-update",
        "--virtual-time-budget=2000",
        "--enable-logging=stderr",
        "--v=0",
    ]);
    let output =
        command.arg(format!("--user-data-dir={}", folder.display())).args(["--dump-dom", &url]).output()?;
    let _ = std::fs::remove_dir_all(&folder);
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(line) = said.lines().find(|line| line.contains("Refused to") || line.contains("Uncaught")) {
        return Err(format!("{path}: {line}").into());
    }
    let page = String::from_utf8_lossy(&output.stdout).into_owned();
    if page.contains("</html>") { Ok(page) } else { Err(format!("{path}: no page: {said}").into()) }
}

fn overview(exporter: &Exporter) -> Result<(), Failed> {
    let page = page(exporter, "/")?;
    // The number is the script's.
    assert!(page.contains("2 of 2 shown"), "{page}");
    assert!(page.contains("127.9.9.9:1") && page.contains("class=\"failure\""), "{page}");
    assert!(
        !page.contains("src=\"http") && !page.contains("href=\"http"),
        "nothing comes from elsewhere: {page}"
    );
    Ok(())
}

fn filtered(exporter: &Exporter) -> Result<(), Failed> {
    let page = page(exporter, "/?failures=on")?;
    assert!(page.contains("1 of 1 shown") || page.contains("1 of 2 shown"), "{page}");
    Ok(())
}

fn one_probe(exporter: &Exporter) -> Result<(), Failed> {
    let page = page(exporter, "/logs?target=127.9.9.9:1&module=tcp_connect&format=html")?;
    assert!(page.contains("Connection refused") && page.contains("<svg"), "{page}");
    Ok(())
}
