//! The load of `tests/soak`: mixed probes at a steady rate, reloads, clients that are slow or do nothing, and a look at memory and
//! descriptors every now and then. Needs the standard library alone: `rustc -O tests/soak_load.rs`.
//!
//! Usage: `soak_load EXPORTER SECONDS RATE`. Everything stays on 127.0.0.1; it stops by itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// Clients that ask for probes, enough that some may wait for a silent target.
const CLIENTS: u64 = 96;
/// Clients that send a byte now and then.
const SLOW: usize = 20;
/// Connections without a request.
const IDLE: usize = 200;
/// Between two configurations.
const RELOAD: Duration = Duration::from_secs(2);

/// A kind of probe: module, target, whether it succeeds, and how many of twenty are of it.
struct Kind {
    module: &'static str,
    target: String,
    succeeds: bool,
    share: usize,
}

#[derive(Default)]
struct Tally {
    next: AtomicU64,
    done: AtomicU64,
    wrong: AtomicU64,
    reloads: AtomicU64,
    bad_reloads: AtomicU64,
    is_over: AtomicBool,
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let [_, program, seconds, rate] = args.as_slice() else {
        eprintln!("usage: soak_load EXPORTER SECONDS RATE");
        return ExitCode::from(2);
    };
    let (Ok(seconds), Ok(rate)) = (seconds.parse::<u64>(), rate.parse::<u64>()) else { return ExitCode::from(2) };
    let folder = std::env::temp_dir().join(format!("probe-soak-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    let file = folder.join("blackbox.yml");
    write_config(&file, 0);
    let kinds = Arc::new(targets());
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let mut exporter = Command::new(program)
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--config.watch", "--log.level=error", "--log.prober=error"])
        .stderr(Stdio::null())
        .spawn()
        .expect("the exporter starts");
    let verdict = soak(&mut exporter, port, &file, &kinds, Duration::from_secs(seconds), rate);
    let _ = exporter.kill();
    let _ = exporter.wait();
    let _ = std::fs::remove_dir_all(&folder);
    match verdict {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("soak: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn soak(
    exporter: &mut Child,
    port: u16,
    file: &Path,
    kinds: &Arc<Vec<Kind>>,
    length: Duration,
    rate: u64,
) -> Result<(), String> {
    wait_for(port)?;
    let pid = exporter.id();
    let before = descriptors(pid);
    println!("idle: {} kB resident, {before} descriptors", resident(pid));
    let tally = Arc::new(Tally::default());
    let begun = Instant::now();
    let mut threads = Vec::new();
    for _ in 0..CLIENTS {
        let (tally, kinds) = (tally.clone(), kinds.clone());
        threads.push(thread::spawn(move || ask(port, begun, length, rate, &kinds, &tally)));
    }
    for number in 0..SLOW {
        let tally = tally.clone();
        threads.push(thread::spawn(move || dawdle(port, number, &tally)));
    }
    let (reloader, path) = (tally.clone(), file.to_owned());
    threads.push(thread::spawn(move || reload(port, &path, &reloader)));
    let idle: Vec<TcpStream> = (0..IDLE).filter_map(|_| TcpStream::connect(("127.0.0.1", port)).ok()).collect();

    let warm = length / 5;
    let (mut first, mut most, mut last_done) = (0, 0, 0);
    let step = (length / 30).max(Duration::from_secs(2));
    while begun.elapsed() < length {
        thread::sleep(step);
        if !matches!(exporter.try_wait(), Ok(None)) {
            return Err("the exporter has ended".into());
        }
        let (memory, open, done) = (resident(pid), descriptors(pid), tally.done.load(Relaxed));
        println!(
            "{:4} s: {memory} kB resident, {open} descriptors, {} probes/s, {} wrong",
            begun.elapsed().as_secs(),
            (done - last_done) / step.as_secs().max(1),
            tally.wrong.load(Relaxed)
        );
        last_done = done;
        if begun.elapsed() >= warm {
            first = if first == 0 { memory } else { first };
            most = most.max(memory);
        }
    }
    tally.is_over.store(true, Relaxed);
    drop(idle);
    for thread in threads {
        thread.join().map_err(|_| "a client has panicked")?;
    }
    thread::sleep(Duration::from_secs(3));
    let (done, wrong) = (tally.done.load(Relaxed), tally.wrong.load(Relaxed));
    let after = descriptors(pid);
    println!(
        "{done} probes, {:.0} a second, {wrong} wrong; {} reloads, {} of them of a bad file; {first} kB after warm-up, \
         at most {most} kB then; {before} descriptors before, {after} after",
        done as f64 / begun.elapsed().as_secs_f64(),
        tally.reloads.load(Relaxed),
        tally.bad_reloads.load(Relaxed),
    );
    if wrong > 0 {
        return Err(format!("{wrong} probes did not come out as they must"));
    }
    if most > first + first / 10 + 1024 {
        return Err(format!("memory has grown from {first} to {most} kB"));
    }
    if after > before + 8 {
        return Err(format!("descriptors have leaked: {before} before, {after} after"));
    }
    Ok(())
}

/// What is probed; the servers among it run until the process ends.
fn targets() -> Vec<Kind> {
    let open = serve(|mut stream| drop(stream.write_all(b"hello\n")));
    let web = serve(|stream| {
        let mut lines = BufReader::new(&stream).lines();
        while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
        let body = "x".repeat(1000);
        let _ = write!(&stream, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{body}");
    });
    let silent = serve(|stream| {
        thread::sleep(Duration::from_millis(700));
        drop(stream);
    });
    let names = UdpSocket::bind("127.0.0.1:0").expect("a port");
    let dns = names.local_addr().expect("it has one").port();
    thread::spawn(move || {
        let mut packet = [0; 512];
        while let Ok((length, client)) = names.recv_from(&mut packet) {
            let mut answer = packet[..length].to_vec();
            answer[2] |= 0x80;
            answer[7] = 1;
            answer.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
            let _ = names.send_to(&answer, client);
        }
    });
    let refused = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let kind = |module, target: String, succeeds, share| Kind { module, target, succeeds, share };
    vec![
        kind("icmp", "127.0.0.1".into(), true, 4),
        kind("icmp", "127.9.8.7".into(), true, 3),
        kind("tcp", format!("127.0.0.1:{open}"), true, 4),
        kind("http", format!("http://127.0.0.1:{web}/"), true, 3),
        kind("dns", format!("127.0.0.1:{dns}"), true, 3),
        kind("tcp", format!("127.0.0.1:{refused}"), false, 2),
        kind("silent", format!("127.0.0.1:{silent}"), false, 1),
    ]
}

fn serve(handle: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("it has one").port();
    let handle = Arc::new(handle);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let handle = handle.clone();
            let _ = thread::Builder::new().stack_size(64 << 10).spawn(move || handle(stream));
        }
    });
    port
}

fn write_config(file: &Path, number: u64) {
    let bad = if number % 5 == 4 { "nonsense: true\n" } else { "" };
    let text = format!(
        "# {number}\n{bad}modules:\n  icmp: {{prober: icmp, timeout: 5s}}\n  tcp: {{prober: tcp, timeout: 5s}}\n  \
         http: {{prober: http, timeout: 5s}}\n  dns: {{prober: dns, timeout: 5s, dns: {{query_name: a.test, query_type: A}}}}\n  \
         silent: {{prober: tcp, timeout: 300ms, tcp: {{query_response: [{{expect: never}}]}}}}\n  extra{number}: {{prober: tcp}}\n"
    );
    let new: PathBuf = file.with_extension("new");
    std::fs::write(&new, text).and_then(|()| std::fs::rename(&new, file)).expect("the folder is ours");
}

fn reload(port: u16, file: &Path, tally: &Tally) {
    let mut number = 1;
    while !tally.is_over.load(Relaxed) {
        write_config(file, number);
        if number % 2 == 0 {
            let request = "POST /-/reload HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n";
            let status = TcpStream::connect(("127.0.0.1", port)).ok().and_then(|mut stream| {
                stream.write_all(request.as_bytes()).ok()?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer).ok()?;
                answer.get(9..12).map(str::to_owned)
            });
            let expected = if number % 5 == 4 { "500" } else { "200" };
            if status.as_deref() != Some(expected) {
                tally.wrong.fetch_add(1, Relaxed);
            }
        }
        tally.reloads.fetch_add(1, Relaxed);
        tally.bad_reloads.fetch_add(u64::from(number % 5 == 4), Relaxed);
        number += 1;
        thread::sleep(RELOAD);
    }
}

/// Asks for every probe whose turn it is, at the moment that is its.
fn ask(port: u16, begun: Instant, length: Duration, rate: u64, kinds: &[Kind], tally: &Tally) {
    let wheel: Vec<&Kind> = kinds.iter().flat_map(|kind| std::iter::repeat_n(kind, kind.share)).collect();
    let mut connection = None;
    loop {
        let number = tally.next.fetch_add(1, Relaxed);
        let at = Duration::from_nanos(number * 1_000_000_000 / rate);
        if at >= length {
            return;
        }
        thread::sleep(at.saturating_sub(begun.elapsed()));
        // Far apart in the wheel, so that kinds alternate.
        let kind = wheel[(number as usize * 7) % wheel.len()];
        match probe(&mut connection, port, kind) {
            Some(success) if success == kind.succeeds => {}
            _ => {
                tally.wrong.fetch_add(1, Relaxed);
                connection = None;
            }
        }
        tally.done.fetch_add(1, Relaxed);
    }
}

fn probe(connection: &mut Option<BufReader<TcpStream>>, port: u16, kind: &Kind) -> Option<bool> {
    if connection.is_none() {
        let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(20))).ok()?;
        *connection = Some(BufReader::new(stream));
    }
    let stream = connection.as_mut()?;
    let request =
        format!("GET /probe?module={}&target={} HTTP/1.1\r\nHost: soak\r\n\r\n", kind.module, kind.target);
    stream.get_mut().write_all(request.as_bytes()).ok()?;
    let (mut length, mut line) = (0, String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    body.lines().find_map(|line| line.strip_prefix("probe_success ")).map(|value| value == "1")
}

/// A request that does not end, or an answer that nobody reads.
fn dawdle(port: u16, number: usize, tally: &Tally) {
    while !tally.is_over.load(Relaxed) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { continue };
        let request = if number % 2 == 0 { "GET /metrics HTTP/1.1\r\nHost: soak\r\nX-Slow: " } else { "GET /metrics HTTP/1.1\r\nHost: soak\r\n\r\n" };
        if stream.write_all(request.as_bytes()).is_err() {
            continue;
        }
        for _ in 0..30 {
            if tally.is_over.load(Relaxed) || (number % 2 == 0 && stream.write_all(b"x").is_err()) {
                break;
            }
            thread::sleep(Duration::from_millis(500));
        }
    }
}

fn wait_for(port: u16) -> Result<(), String> {
    for _ in 0..200 {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err("the exporter does not listen".into())
}

/// In kB.
fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn descriptors(pid: u32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).map_or(0, Iterator::count)
}
