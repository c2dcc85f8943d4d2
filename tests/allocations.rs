//! A ping allocates nothing: every block that the process takes from the heap is counted, and none may be.
//!
//! What grows with the number of packets in flight has grown in a warm-up. The count is the whole process's, hence one
//! thread and one test at a time. A test that fails leaves `target/tmp/allocations-*.json`, which says where each block
//! was taken: <https://nnethercote.github.io/dh_view/dh_view.html> shows it.

#[path = "support/echo.rs"]
mod echo;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use dhat::{HeapStats, Profiler};
use echo::EchoNetwork;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use probe_core::net::icmp::{Driver, Engine, PingOptions, Pinger, ping};
use probe_core::net::{Approved, Policy, SocketChoice};
use tokio::time::advance;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// Pings that are counted.
const PINGS: usize = 1000;
/// Longer than any test takes.
const PATIENT: Duration = Duration::from_secs(60);

const LOOPBACK_V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const LOOPBACK_V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads = Some(1);
    let over = |socket, address| move || over_echo(socket, address);
    let trials = vec![
        Trial::test("datagram_ping_allocates_nothing", over(SocketChoice::Datagram, LOOPBACK_V4)),
        Trial::test("datagram_ping_over_ipv6_allocates_nothing", over(SocketChoice::Datagram, LOOPBACK_V6)),
        Trial::test("raw_ping_allocates_nothing", over(SocketChoice::Raw, LOOPBACK_V4)),
        Trial::test("expiry_allocates_nothing", expiry),
        Trial::ignorable_test("ping_through_the_kernel_allocates_nothing", through_the_kernel),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Sends and awaits, one packet after the other, over a network that answers at once.
fn over_echo(socket: SocketChoice, address: IpAddr) -> Result<(), Failed> {
    let options = PingOptions { socket, ..PingOptions::default() };
    on_one_thread(async {
        let engine = driven(Engine::on_network(EchoNetwork));
        pings_after_warm_up("echo", || pinger(&engine, address, &options)).await;
        Ok(())
    })
}

/// A packet every ten milliseconds, each forgotten a second later: timers ring and requests expire all the while.
fn expiry() -> Result<(), Failed> {
    const TIMEOUT: Duration = Duration::from_secs(1);
    const INTERVAL: Duration = Duration::from_millis(10);

    on_one_thread(async {
        tokio::time::pause();
        let engine = driven(Engine::on_network(EchoNetwork));
        let mut pinger = pinger(&engine, LOOPBACK_V4, &PingOptions::default());
        let mut pings = async || {
            for _ in 0..PINGS {
                answered(&mut pinger, TIMEOUT).await;
                advance(INTERVAL).await;
            }
        };
        pings().await;
        takes_nothing("expiry", pings()).await;
        let remembered = engine.statistics().in_flight as usize;
        assert!(remembered < PINGS / 2, "{remembered} requests are still known: nothing expired");
        Ok(())
    })
}

fn through_the_kernel() -> Result<Completion, Failed> {
    on_one_thread(async {
        let engine = driven(Engine::new());
        let options = PingOptions::default();
        if let Err(refused) = engine.pinger(approved(LOOPBACK_V4), &options) {
            return Ok(Completion::ignored_with(refused.to_string()));
        }
        pings_after_warm_up("kernel", || pinger(&engine, LOOPBACK_V4, &options)).await;
        Ok(Completion::Completed)
    })
}

/// As many pings by one pinger as are counted by the next, which finds everything that the first made grow.
async fn pings_after_warm_up(name: &str, open: impl Fn() -> Pinger) {
    let pings = async |pinger: &mut Pinger| {
        for _ in 0..PINGS {
            answered(pinger, PATIENT).await;
        }
    };
    pings(&mut open()).await;
    let mut second = open();
    takes_nothing(name, pings(&mut second)).await;
}

async fn answered(pinger: &mut Pinger, timeout: Duration) {
    let reply = ping(pinger, timeout).await.expect("no error came back");
    assert!(reply.is_some(), "the ping was lost");
}

/// Fails if a block was taken from the heap, or moved in it, before `work` was done.
async fn takes_nothing(name: &str, work: impl Future<Output = ()>) {
    let file = format!("{}/allocations-{name}.json", env!("CARGO_TARGET_TMPDIR"));
    let _profiler = Profiler::builder().testing().file_name(file).build();
    work.await;
    let blocks = HeapStats::get().total_blocks;
    dhat::assert_eq!(blocks, 0, "{blocks} blocks taken in {PINGS} pings");
}

fn on_one_thread<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(work)
}

fn driven((engine, driver): (Engine, Driver)) -> Engine {
    tokio::spawn(driver);
    engine
}

fn pinger(engine: &Engine, address: IpAddr, options: &PingOptions) -> Pinger {
    engine.pinger(approved(address), options).expect("the network opens any socket")
}

fn approved(address: IpAddr) -> Approved<SocketAddr> {
    Policy::allow_all().approve(SocketAddr::new(address, 0)).expect("everything is allowed")
}
