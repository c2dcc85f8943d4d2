//! Zabbix: a proxy takes what `probe` sends for its trapper items.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Output};

use libtest_mimic::Trial;

use super::bench::{Problem, trials};
use super::folder::Folder;
use super::programs::{self, Program};
use super::server::{Launch, Server};
use super::{ports, wait};

/// Puts a host and two trapper items of type float into the proxy's database, as its server would.
const ITEMS: &str = "
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute(\"insert into hosts (hostid, host, name, status) values (1, 'web', 'web', 0)\")
for number, key in enumerate(sys.argv[2:], 1):
    database.execute('insert into items (itemid, hostid, type, key_, value_type, status, name, params, description, posts, headers) '
                     \"values (?, 1, 2, ?, 0, 0, 'an item', '', '', '', '')\", (number, key))
    database.execute('insert into item_rtdata (itemid) values (?)', (number,))
database.commit()
";

/// Prints what the proxy keeps for its server.
const HISTORY: &str = "
import sqlite3, sys
database = sqlite3.connect(sys.argv[1])
for row in database.execute('select itemid, value from proxy_history order by itemid'):
    print(*row)
";

struct Proxy {
    port: u16,
    database: String,
    /// What is probed; nobody listens there.
    target: String,
    _folder: Folder,
    _server: Server,
}

pub(crate) fn trials_of() -> Vec<Trial> {
    let mut all = trials("zabbix", start, &[("a proxy takes values of the items that it knows", values)]);
    all.extend(trials(
        "zabbix",
        start_agent,
        &[("an agent's parameter has the document of a check", parameter)],
    ));
    all
}

/// An agent with the parameter that the documents show.
struct Agent {
    port: u16,
    _server: Server,
}

fn start_agent() -> Result<Agent, Problem> {
    let program = Program::find("zabbix_agentd", "zabbix-agent")?;
    let (folder, port) = (Folder::new("agent"), ports::free());
    let probe = programs::probe();
    let configuration = folder.write(
        "agent.conf",
        format!(
            "Server=127.0.0.1\nListenIP=127.0.0.1\nListenPort={port}\nLogType=console\nPidFile={place}/pid\nStartAgents=1\n\
             Timeout=20\nAllowRoot=1\nUserParameter=probe.tcp[*],{probe} tcp --format zabbix -- \"$1\"\n",
            place = folder.path().display(),
            probe = probe.display(),
        ),
    );
    let launch = Launch::new(&program).args(["-f", "-c", &configuration.display().to_string()]);
    Ok(Agent { port, _server: launch.listening(&[port], folder)? })
}

/// Asks as a server does (`ZBXD`, the flag, the length, the key).
fn asked(agent: &Agent, key: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", agent.port)).expect("it listens");
    let header = [b"ZBXD\x01".as_slice(), &(key.len() as u64).to_le_bytes()].concat();
    stream.write_all(&header).and_then(|()| stream.write_all(key.as_bytes())).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    assert!(answer.starts_with(b"ZBXD\x01"), "{answer:?}");
    String::from_utf8_lossy(&answer[13..]).into_owned()
}

fn parameter(agent: &Agent) {
    let open = format!("127.0.0.1:{}", agent.port);
    let document = asked(agent, &format!("probe.tcp[{open}]"));
    let value: serde_json::Value = serde_json::from_str(&document).unwrap_or_else(|_| panic!("{document}"));
    assert_eq!(value[&open]["success"], "1", "{value:#}");
    // A failed check has a document, too, and nothing besides.
    let document = asked(agent, "probe.tcp[127.9.9.9:1]");
    let value: serde_json::Value = serde_json::from_str(&document).unwrap_or_else(|_| panic!("{document}"));
    assert_eq!(
        (&value["127.9.9.9:1"]["success"], &value["127.9.9.9:1"]["reason"]),
        (&"0".into(), &"connect".into())
    );
}

fn start() -> Result<Proxy, Problem> {
    let program = Program::find("zabbix_proxy", "zabbix-proxy-sqlite3")?;
    let (folder, port) = (Folder::new("zabbix"), ports::free());
    let database = folder.file("database").display().to_string();
    let place = folder.path().display();
    let configuration = folder.write(
        "proxy.conf",
        format!(
            "Server=127.0.0.1:1\nHostname=probe\nDBName={database}\nListenIP=127.0.0.1\nListenPort={port}\n\
             LogType=console\nPidFile={place}/pid\nSocketDir={place}\nProxyOfflineBuffer=1\nAllowRoot=1\n"
        ),
    );
    let configuration = configuration.display().to_string();
    let launch = || Launch::new(&program).args(["-f", "-c", &configuration]);
    // It makes its tables when it starts first, and reads them when it starts again.
    drop(launch().listening(&[port], Folder::new("zabbix-log"))?);
    let target = format!("127.0.0.1:{}", ports::free());
    let keys = [
        format!("probe_success[tcp,{target}]"),
        format!("probe_tcp_duration_seconds[tcp,{target},phase=resolve]"),
    ];
    programs::run(Command::new("python3").args(["-c", ITEMS, &database]).args(keys))?;
    let server = launch().listening(&[port], Folder::new("zabbix-log"))?;
    Ok(Proxy { port, database, target, _folder: folder, _server: server })
}

fn send(proxy: &Proxy) -> Output {
    let server = format!("127.0.0.1:{}", proxy.port);
    let arguments = ["tcp", &proxy.target, "--quiet", "--zabbix-server", &server, "--zabbix-host", "web"];
    Command::new(programs::probe()).args(arguments).output().expect("it runs")
}

fn values(proxy: &Proxy) {
    // It listens before it knows its items.
    let mut said = String::new();
    let taken = wait::until(std::time::Duration::from_secs(30), || {
        let output = send(proxy);
        said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "there are series without an item: {said}");
        said.contains("processed: 2; failed: ").then_some(())
    });
    assert!(taken.is_some(), "{said}");
    let kept = wait::until(std::time::Duration::from_secs(30), || {
        let rows = Command::new("python3").args(["-c", HISTORY, &proxy.database]).output().expect("it runs");
        let rows = String::from_utf8_lossy(&rows.stdout).into_owned();
        rows.lines().any(|row| row.starts_with("2 0.0")).then_some(rows)
    });
    let kept = kept.expect("a value of the second item");
    assert!(kept.lines().any(|row| row == "1 0"), "{kept}");
}
