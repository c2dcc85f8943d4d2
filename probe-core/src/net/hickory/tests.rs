use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;

/// A directory for the two files of one resolver, removed when dropped.
struct Files(PathBuf);

impl Files {
    fn new(resolv_conf: &str, hosts: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let files =
            Self(std::env::temp_dir().join(format!("probe-resolver-{}-{number}", std::process::id())));
        fs::create_dir_all(&files.0).expect("a temporary directory");
        files.write("resolv.conf", resolv_conf);
        files.write("hosts", hosts);
        files
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).expect("a writable file");
    }

    fn resolver(&self, port: u16) -> SystemResolver {
        let mut resolver = SystemResolver::from_files(self.0.join("resolv.conf"), self.0.join("hosts"));
        resolver.port = port;
        resolver
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        // What is left in the temporary directory does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// How the test server answers a question.
enum Answer {
    Addresses(Vec<IpAddr>),
    Code(u8),
    Nothing,
    Truncated,
}

const A: u16 = 1;
const AAAA: u16 = 28;
const SERVFAIL: u8 = 2;
const NXDOMAIN: u8 = 3;

/// A name server on a port of its own, ended when dropped.
struct Server {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    async fn start(answer: impl Fn(&str, u16) -> Answer + Send + 'static) -> Self {
        Self::start_at("127.0.0.1:0", answer).await
    }

    async fn start_at(address: &str, answer: impl Fn(&str, u16) -> Answer + Send + 'static) -> Self {
        let socket = UdpSocket::bind(address).await.expect("a loopback address");
        let address = socket.local_addr().expect("a bound socket");
        let task = tokio::spawn(async move {
            let mut buf = [0; 512];
            while let Ok((length, client)) = socket.recv_from(&mut buf).await {
                let (name, record_type, end) = question(&buf[..length]);
                if let Some(reply) = reply(&buf[..end], &answer(&name, record_type)) {
                    socket.send_to(&reply, client).await.expect("a client that listens");
                }
            }
        });
        Self { address, task }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Name and type of the only question, and where it ends.
fn question(query: &[u8]) -> (String, u16, usize) {
    let (mut at, mut labels) = (12, Vec::new());
    while query[at] != 0 {
        let length = usize::from(query[at]);
        labels.push(String::from_utf8_lossy(&query[at + 1..=at + length]).into_owned());
        at += length + 1;
    }
    (labels.join("."), u16::from_be_bytes([query[at + 1], query[at + 2]]), at + 5)
}

/// The header and question of the query turned into a reply with its records.
fn reply(query: &[u8], answer: &Answer) -> Option<Vec<u8>> {
    let (code, addresses) = match answer {
        Answer::Addresses(addresses) => (0, addresses.as_slice()),
        Answer::Code(code) => (*code, [].as_slice()),
        Answer::Nothing => return None,
        Answer::Truncated => (0, [].as_slice()),
    };
    let mut reply = query.to_vec();
    reply[2] |= if matches!(answer, Answer::Truncated) { 0x82 } else { 0x80 };
    reply[3] = 0x80 | code;
    reply[7] = u8::try_from(addresses.len()).expect("few addresses");
    reply[8..12].fill(0);
    for address in addresses {
        let (record_type, data) = match address {
            IpAddr::V4(ip) => (A, ip.octets().to_vec()),
            IpAddr::V6(ip) => (AAAA, ip.octets().to_vec()),
        };
        reply.extend([0xc0, 12]);
        reply.extend(record_type.to_be_bytes());
        reply.extend([0, 1, 0, 0, 0, 60, 0]);
        reply.push(u8::try_from(data.len()).expect("an address"));
        reply.extend(data);
    }
    Some(reply)
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

async fn found(resolver: &SystemResolver, host: &str, families: Families) -> Found {
    let addresses = resolver.lookup(host, families).await?;
    let mut texts: Vec<String> = addresses.iter().map(|address| address.ip.to_string()).collect();
    texts.sort_unstable();
    Ok(texts)
}

type Found = Result<Vec<String>, ResolveError>;

fn texts<const N: usize>(addresses: [&str; N]) -> Vec<String> {
    addresses.map(String::from).into()
}

const LOCAL: &str = "nameserver 127.0.0.1\nsearch test\n";

#[tokio::test]
async fn hosts_file_answers_before_any_server() {
    let files = Files::new(LOCAL, "192.0.2.1 web.test web\n");
    let resolver = files.resolver(1);
    assert_eq!(found(&resolver, "Web.Test.", Families::Both).await, Ok(texts(["192.0.2.1"])));
    assert_eq!(found(&resolver, "web", Families::V4).await, Ok(texts(["192.0.2.1"])));
    assert_eq!(
        found(&resolver, "web", Families::V6).await,
        Err(ResolveError::NoSuitableAddress { host: "web".into() })
    );
}

#[tokio::test]
async fn changed_hosts_file_is_read_again() {
    let files = Files::new(LOCAL, "192.0.2.1 web\n");
    let resolver = files.resolver(1);
    assert_eq!(found(&resolver, "web", Families::Both).await, Ok(texts(["192.0.2.1"])));
    files.write("hosts", "192.0.2.22 web\n");
    assert_eq!(found(&resolver, "web", Families::Both).await, Ok(texts(["192.0.2.22"])));
}

#[tokio::test]
async fn localhost_needs_no_hosts_file() {
    let resolver = SystemResolver::from_files("/nonexistent/resolv.conf", "/nonexistent/hosts");
    for host in ["localhost", "a.localhost", "LOCALHOST."] {
        assert_eq!(found(&resolver, host, Families::Both).await, Ok(texts(["127.0.0.1", "::1"])), "{host}");
    }
    assert_eq!(found(&resolver, "localhost", Families::V6).await, Ok(texts(["::1"])));
}

#[test]
fn literals_read_no_file() {
    let resolver = SystemResolver::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert_eq!(runtime.block_on(found(&resolver, "[::1]", Families::Both)), Ok(texts(["::1"])));
    assert!(resolver.setup.lock().expect("no panic").is_none());
}

#[tokio::test]
async fn text_that_is_no_name_is_not_asked_for() {
    let files = Files::new(LOCAL, "");
    let resolver = files.resolver(1);
    assert_eq!(
        found(&resolver, "", Families::Both).await,
        Err(ResolveError::NoSuchHost { host: String::new() })
    );
    assert!(matches!(found(&resolver, "a b", Families::Both).await, Err(ResolveError::NotAName { .. })));
}

#[tokio::test]
async fn both_families_are_asked_for() {
    let server = Server::start(|name, record_type| match (name, record_type) {
        ("xn--bcher-kva.test", A) => Answer::Addresses(vec![ip("192.0.2.1"), ip("192.0.2.2")]),
        ("xn--bcher-kva.test", AAAA) => Answer::Addresses(vec![ip("2001:db8::1")]),
        _ => Answer::Code(NXDOMAIN),
    })
    .await;
    let files = Files::new("nameserver 127.0.0.1\nsearch .\n", "");
    let resolver = files.resolver(server.address.port());
    let all = Ok(texts(["192.0.2.1", "192.0.2.2", "2001:db8::1"]));
    assert_eq!(found(&resolver, "b\u{fc}cher.test", Families::Both).await, all);
    assert_eq!(found(&resolver, "b\u{fc}cher.test", Families::V6).await, Ok(texts(["2001:db8::1"])));
    assert_eq!(
        found(&resolver, "other.test", Families::Both).await,
        Err(ResolveError::NoSuchHost { host: "other.test".into() })
    );
}

#[tokio::test]
async fn failing_family_does_not_hide_the_other() {
    let server = Server::start(|_, record_type| match record_type {
        A => Answer::Addresses(vec![ip("192.0.2.1")]),
        _ => Answer::Code(SERVFAIL),
    })
    .await;
    let files = Files::new(LOCAL, "");
    let resolver = files.resolver(server.address.port());
    assert_eq!(found(&resolver, "web.test.", Families::Both).await, Ok(texts(["192.0.2.1"])));
    let error = found(&resolver, "web.test.", Families::V6).await.expect_err("a failure");
    let expected = format!("lookup web.test.: name server {} answered Server Failure", server.address);
    assert_eq!(error.to_string(), expected);
}

/// What a name server was asked for, in order.
type Questions = Arc<Mutex<Vec<String>>>;

async fn names_asked(resolv_conf: &str, host: &str) -> Vec<String> {
    let questions = Questions::default();
    let seen = Arc::clone(&questions);
    let server = Server::start(move |name, _| {
        seen.lock().expect("no panic").push(name.into());
        Answer::Code(NXDOMAIN)
    })
    .await;
    let files = Files::new(resolv_conf, "");
    let answer = found(&files.resolver(server.address.port()), host, Families::V4).await;
    assert_eq!(answer, Err(ResolveError::NoSuchHost { host: host.into() }));
    drop(server);
    let mut names = questions.lock().expect("no panic").clone();
    // A slow machine may have sent a question twice.
    names.dedup();
    names
}

#[tokio::test]
async fn search_domains_follow_ndots() {
    const CONF: &str = "nameserver 127.0.0.1\nsearch a.test b.test\noptions ndots:2\n";
    for (host, names) in [
        ("web", vec!["web.a.test", "web.b.test", "web"]),
        ("x.web", vec!["x.web.a.test", "x.web.b.test", "x.web"]),
        ("y.x.web", vec!["y.x.web", "y.x.web.a.test", "y.x.web.b.test"]),
        ("web.", vec!["web"]),
    ] {
        assert_eq!(names_asked(CONF, host).await, names, "{host}");
    }
}

#[tokio::test]
async fn failing_server_is_followed_by_the_next() {
    let first = Server::start(|_, _| Answer::Code(SERVFAIL)).await;
    let port = first.address.port();
    let second =
        Server::start_at(&format!("127.0.0.2:{port}"), |_, _| Answer::Addresses(vec![ip("192.0.2.1")])).await;
    let files = Files::new("nameserver 127.0.0.1\nnameserver 127.0.0.2\nsearch test\n", "");
    let resolver = files.resolver(port);
    assert_eq!(found(&resolver, "web.test", Families::V4).await, Ok(texts(["192.0.2.1"])));
    drop(second);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn missing_resolv_conf_means_a_server_here() {
    let unused = UdpSocket::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("bound").port();
    let mut resolver = SystemResolver::from_files("/nonexistent/resolv.conf", "/nonexistent/hosts");
    resolver.port = unused;
    let error = found(&resolver, "web.test.", Families::V4).await.expect_err("nobody listens");
    let expected = format!("lookup web.test.: name server 127.0.0.1:{unused} cannot be reached");
    assert_eq!(error.to_string(), expected);
}

#[tokio::test(start_paused = true)]
async fn silent_server_is_reported_as_timeout() {
    let server = Server::start(|_, _| Answer::Nothing).await;
    let files = Files::new("nameserver 127.0.0.1\nsearch test\noptions timeout:1 attempts:1\n", "");
    let error =
        found(&files.resolver(server.address.port()), "web", Families::Both).await.expect_err("a timeout");
    assert_eq!(error.to_string(), format!("lookup web: name server {} timed out", server.address));
}

#[tokio::test]
async fn truncated_answer_is_fetched_over_tcp() {
    let (server, listener) = loop {
        let server = Server::start(|_, _| Answer::Truncated).await;
        // Somebody else may have the same port over TCP.
        if let Ok(listener) = TcpListener::bind(server.address).await {
            break (server, listener);
        }
    };
    let files = Files::new(LOCAL, "");
    let resolver = files.resolver(server.address.port());
    let serve = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let length = stream.read_u16().await.expect("a length");
        let mut query = vec![0; length.into()];
        stream.read_exact(&mut query).await.expect("a query");
        let reply = reply(&query, &Answer::Addresses(vec![ip("192.0.2.1")])).expect("an answer");
        stream.write_u16(u16::try_from(reply.len()).expect("short")).await.expect("a client");
        stream.write_all(&reply).await.expect("a client");
        stream
    };
    let (answer, _stream) = tokio::join!(found(&resolver, "web.test.", Families::V4), serve);
    assert_eq!(answer, Ok(texts(["192.0.2.1"])));
    drop(server);
    tokio::task::yield_now().await;
    assert_eq!(tokio::runtime::Handle::current().metrics().num_alive_tasks(), 0);
}

#[tokio::test]
async fn dropped_lookup_leaves_no_task() {
    let server = UdpSocket::bind("127.0.0.1:0").await.expect("a port");
    let files = Files::new(LOCAL, "");
    let resolver = files.resolver(server.local_addr().expect("bound").port());
    let mut buf = [0; 512];
    {
        let mut lookup = resolver.lookup("web.test", Families::Both);
        tokio::select! {
            _ = &mut lookup => panic!("nobody answered"),
            received = server.recv_from(&mut buf) => { received.expect("a query"); }
        }
    }
    let runtime = tokio::runtime::Handle::current().metrics();
    // Aborted tasks go the next time the scheduler looks at them.
    tokio::task::yield_now().await;
    assert_eq!(runtime.num_alive_tasks(), 0);
}
