//! Mail about what has changed, as a server gets it.

#[allow(dead_code)]
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use support::{Run, probe};

/// A mail server that takes everything.
struct Sink {
    place: String,
    mails: Receiver<String>,
}

impl Sink {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
        let place = listener.local_addr().expect("it is bound").to_string();
        let (to, mails) = mpsc::channel();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                take(&stream, &to);
            }
        });
        Self { place, mails }
    }

    /// The mails since the last look, without the soft ends of their lines.
    fn look(&self) -> Vec<String> {
        self.mails.try_iter().map(|mail| mail.replace("=\r\n", "").replace("=3D", "=")).collect()
    }
}

/// As much of RFC 5321 as a client needs that behaves. A mail is there before the client hears that it was taken.
fn take(stream: &TcpStream, to: &Sender<String>) -> Option<()> {
    let mut lines = BufReader::new(stream).split(b'\n');
    let say = |text: &str| (&*stream).write_all(text.as_bytes()).ok();
    let mut mail = None;
    say("220 sink\r\n")?;
    while let Some(Ok(line)) = lines.next() {
        let line = String::from_utf8_lossy(&line).into_owned() + "\n";
        match (&mut mail, line.split_whitespace().next().unwrap_or_default()) {
            (Some(_), ".") => {
                to.send(mail.take().unwrap_or_default()).ok()?;
                say("250 taken\r\n")?;
            }
            (Some(mail), _) => mail.push_str(&line),
            (None, "DATA") => {
                mail = Some(String::new());
                say("354 go on\r\n")?;
            }
            (None, "QUIT") => return None,
            (None, _) => say("250 well\r\n")?,
        }
    }
    None
}

struct Scene {
    folder: PathBuf,
    sink: Sink,
}

impl Scene {
    fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("the test's directory can be written");
        Self { folder, sink: Sink::new() }
    }

    fn run_by(&self, server: &str, checks: &[&str], arguments: &[&str]) -> Run {
        let list = self.folder.join("checks");
        fs::write(&list, checks.join("\n")).expect("the folder is ours");
        let (list, state) = (list.display().to_string(), self.folder.join("state").display().to_string());
        let mail = ["--mail-to", "ops@example.test", "--mail-state", &state, "--mail-server", server];
        probe(&[&["batch", &list, "-q"], &mail[..], arguments].concat())
    }

    fn run(&self, checks: &[&str], arguments: &[&str]) -> (Run, Vec<String>) {
        let run = self.run_by(&self.sink.place, checks, arguments);
        (run, self.sink.look())
    }
}

const AT_ONCE: [&str; 2] = ["--mail-interval", "0"];
const DOWN: &str = "tcp_connect 127.9.9.9:1 site=home";

/// A check of a port that is open until the listener goes.
fn open() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has ports");
    let check = format!("tcp_connect {}", listener.local_addr().expect("it is bound"));
    (listener, check)
}

#[test]
fn one_mail_tells_of_all_that_went_down_and_one_of_what_came_up() {
    let scene = Scene::new("mail-changes");
    let (listener, other) = open();
    let checks = [DOWN, other.as_str()];
    let (run, mails) = scene.run(&checks, &AT_ONCE);
    assert_eq!((run.code, mails.len()), (Some(1), 1), "{}", run.stderr);
    let subject = "Subject: [probe] tcp_connect 127.9.9.9:1 site=home is down";
    assert!(mails[0].contains(subject), "{}", mails[0]);
    for wanted in
        ["To: ops@example.test\r\n", "last well  never seen", "reason     connect/connect: cannot connect"]
    {
        assert!(mails[0].contains(wanted), "{wanted} in {}", mails[0]);
    }
    let (_, mails) = scene.run(&checks, &AT_ONCE);
    assert!(mails.is_empty(), "nothing has changed: {mails:?}");
    // Both change: one goes, one comes up in its place.
    let place = listener.local_addr().expect("it is bound");
    drop(listener);
    let (_, mails) = scene.run(&checks, &AT_ONCE);
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains(&format!("tcp_connect {place} is down")), "{}", mails[0]);
    assert!(mails[0].contains("1 other is still down") && !mails[0].contains("never seen"), "{}", mails[0]);
    let _listener = TcpListener::bind(place).expect("it was free a moment ago");
    let (_, mails) = scene.run(&checks, &AT_ONCE);
    assert!(mails[0].contains("is up again") && mails[0].contains("was down   for "), "{}", mails[0]);
    let (_, mails) = scene.run(&[other.as_str()], &AT_ONCE);
    assert!(mails[0].contains("site=home is not checked any more"), "{}", mails[0]);
    let (run, mails) = scene.run(&[other.as_str()], &AT_ONCE);
    assert_eq!((run.code, mails.len()), (Some(0), 0));
}

#[test]
fn there_is_no_storm_and_what_was_held_back_is_told_later() {
    let scene = Scene::new("mail-storm");
    let (listener, other) = open();
    let checks = [DOWN, other.as_str()];
    let (_, mails) = scene.run(&checks, &["--mail-interval", "1h"]);
    assert_eq!(mails.len(), 1);
    drop(listener);
    let (_, mails) = scene.run(&checks, &["--mail-interval", "1h"]);
    assert!(mails.is_empty(), "{mails:?}");
    let (_, mails) = scene.run(&checks, &AT_ONCE);
    assert!(mails[0].contains(&format!("{other} is down")), "{}", mails[0]);
}

#[test]
fn who_could_not_be_told_is_told_by_the_next_run() {
    let scene = Scene::new("mail-away");
    let away = scene.run_by("127.9.9.9:1", &[DOWN], &AT_ONCE);
    assert_eq!(away.code, Some(4), "{}", away.stderr);
    assert!(away.stderr.contains("mail: the mail server does not take it"), "{}", away.stderr);
    assert!(away.stdout.contains("127.9.9.9:1"), "the result is shown all the same");
    let (_, mails) = scene.run(&[DOWN], &AT_ONCE);
    assert_eq!(mails.len(), 1);
}

#[test]
fn a_single_failure_may_be_let_pass() {
    let scene = Scene::new("mail-after");
    let after = ["--mail-interval", "0", "--mail-after", "3"];
    for _ in 0..2 {
        assert!(scene.run(&[DOWN], &after).1.is_empty());
    }
    assert_eq!(scene.run(&[DOWN], &after).1.len(), 1);
    assert!(scene.run(&[DOWN], &after).1.is_empty());
}

#[test]
fn what_makes_no_sense_is_named_before_anything_is_checked() {
    let scene = Scene::new("mail-sense");
    let run = scene.run_by("a:b", &[DOWN], &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""), "{}", run.stderr);
    let run = scene.run_by("localhost", &[DOWN], &["--mail-to", "nobody"]);
    assert_eq!(run.code, Some(2));
    assert!(run.stderr.contains("\"nobody\" is no mail address"), "{}", run.stderr);
    fs::write(scene.folder.join("state"), "precious").expect("the folder is ours");
    let run = scene.run_by("localhost", &[DOWN], &[]);
    assert!(run.stderr.contains("is no memory of earlier mails"), "{}", run.stderr);
    assert_eq!(fs::read_to_string(scene.folder.join("state")).expect("it is there"), "precious");
}
