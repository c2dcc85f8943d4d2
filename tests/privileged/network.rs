//! Network namespaces with links between them; gone when dropped, whatever happened.

use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

use super::bench::Family;

/// One network namespace.
pub(crate) struct Namespace {
    name: String,
}

impl Namespace {
    /// A namespace with its loopback up, ready addresses, no rate limits, and the ping group range closed.
    pub(crate) fn new() -> Self {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let namespace = Self { name: format!("probe-test-{}-{number}", std::process::id()) };
        succeed(Command::new("ip").args(["netns", "add", &namespace.name]));
        namespace.sh("cd /proc/sys/net
             echo 1 0 > ipv4/ping_group_range
             echo 0 > ipv4/icmp_ratelimit
             if [ -e ipv4/icmp_msgs_per_sec ]; then echo 1000000 > ipv4/icmp_msgs_per_sec; fi
             if [ -e ipv4/icmp_msgs_burst ]; then echo 1000000 > ipv4/icmp_msgs_burst; fi
             echo 0 > ipv6/icmp/ratelimit
             for which in all default; do
                 echo 0 > ipv4/conf/$which/rp_filter
                 echo 0 > ipv6/conf/$which/accept_dad
                 echo 0 > ipv6/conf/$which/accept_ra
             done
             ip link set lo up");
        namespace
    }

    /// Runs a shell script in the namespace, as root; its output.
    pub(crate) fn sh(&self, script: &str) -> String {
        let mut command = self.command();
        command.args(["sh", "-e", "-c", script]);
        String::from_utf8(succeed(&mut command).stdout).expect("text")
    }

    /// Lets every group open datagram ICMP sockets.
    pub(crate) fn open_ping_sockets(&self) {
        self.sh("echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range");
    }

    /// Leaves echo requests to whoever listens with a raw socket.
    pub(crate) fn ignore_echo_requests(&self) {
        self.sh("echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all
             echo 1 > /proc/sys/net/ipv6/icmp/echo_ignore_all");
    }

    /// Puts a rule, with a counter of its own, into a hook of the packet filter.
    pub(crate) fn filter(&self, hook: &str, rule: &str) {
        self.sh(&format!(
            "nft 'add table inet {hook}'
             nft 'add chain inet {hook} rules {{ type filter hook {hook} priority 0; }}'
             nft 'add rule inet {hook} rules {rule}'"
        ));
    }

    /// How many packets the counters of a hook have seen.
    pub(crate) fn counted(&self, hook: &str) -> u64 {
        let listed = self.sh(&format!("nft list table inet {hook}"));
        let mut words = listed.split_whitespace().skip_while(|word| *word != "packets").skip(1);
        words.next().and_then(|count| count.parse().ok()).unwrap_or_else(|| panic!("no counter in {listed}"))
    }

    /// A command to be run in the namespace; killed after five minutes, so that nothing hangs.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new("timeout");
        command.args(["--kill-after=5", "300", "ip", "netns", "exec", &self.name]);
        command
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Nothing to be done about a failure, and panicking while panicking would abort.
        let _ = Command::new("ip").args(["netns", "del", &self.name]).status();
    }
}

/// Connects two namespaces: `v0`, `v1`, … on the near side, the same or another name on the far side.
pub(crate) fn link(near: &Namespace, near_name: &str, far: &Namespace, far_name: &str) {
    let mut command = Command::new("ip");
    command.args(["link", "add", near_name, "netns", &near.name, "type", "veth", "peer", "name", far_name]);
    succeed(command.args(["netns", &far.name]));
    near.sh(&format!("ip link set {near_name} up"));
    far.sh(&format!("ip link set {far_name} up"));
}

/// A prober's namespace and a target's, one link between them.
pub(crate) struct Pair {
    pub(crate) near: Namespace,
    pub(crate) far: Namespace,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let pair = Self { near: Namespace::new(), far: Namespace::new() };
        link(&pair.near, "v0", &pair.far, "v0");
        pair.near.sh("ip address add 198.18.0.1/24 dev v0
             ip address add fd00::1/64 dev v0 nodad");
        pair.far.sh("ip address add 198.18.0.2/24 dev v0
             ip address add fd00::2/64 dev v0 nodad");
        pair.near.await_ipv6("fd00::2");
        pair.far.await_ipv6("fd00::1");
        pair
    }

    /// With datagram sockets for everybody.
    pub(crate) fn with_ping_sockets() -> Self {
        let pair = Self::new();
        pair.near.open_ping_sockets();
        pair
    }

    /// The target's address.
    pub(crate) fn target(family: Family) -> &'static str {
        family.pick("198.18.0.2", "fd00::2")
    }

    /// A port of the target.
    pub(crate) fn port(family: Family, port: u16) -> String {
        family.pick(format!("198.18.0.2:{port}"), format!("[fd00::2]:{port}"))
    }
}

/// A prober, a router and a target behind it: `198.18.0.0/24` and `fd00::/64`, then `198.18.1.0/24` and `fd00:1::/64`.
pub(crate) struct Routed {
    pub(crate) near: Namespace,
    pub(crate) router: Namespace,
    pub(crate) far: Namespace,
}

impl Routed {
    /// Datagram sockets are open to everybody.
    pub(crate) fn new() -> Self {
        let routed = Self { near: Namespace::new(), router: Namespace::new(), far: Namespace::new() };
        link(&routed.near, "v0", &routed.router, "v0");
        link(&routed.router, "v1", &routed.far, "v0");
        routed.router.sh("echo 1 > /proc/sys/net/ipv4/ip_forward
             echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
             ip address add 198.18.0.2/24 dev v0
             ip address add fd00::2/64 dev v0 nodad
             ip address add 198.18.1.1/24 dev v1
             ip address add fd00:1::1/64 dev v1 nodad");
        routed.near.sh("ip address add 198.18.0.1/24 dev v0
             ip address add fd00::1/64 dev v0 nodad
             ip route add default via 198.18.0.2
             ip -6 route add default via fd00::2");
        routed.far.sh("ip address add 198.18.1.2/24 dev v0
             ip address add fd00:1::2/64 dev v0 nodad
             ip route add default via 198.18.1.1
             ip -6 route add default via fd00:1::1");
        routed.near.await_ipv6("fd00::2");
        routed.router.await_ipv6("fd00:1::2");
        routed.far.await_ipv6("fd00:1::1");
        routed.near.open_ping_sockets();
        routed
    }

    /// The target's address.
    pub(crate) fn target(family: Family) -> &'static str {
        family.pick("198.18.1.2", "fd00:1::2")
    }

    /// The router's address on the prober's side.
    pub(crate) fn router(family: Family) -> &'static str {
        family.pick("198.18.0.2", "fd00::2")
    }
}

impl Namespace {
    /// Waits until the kernel routes to a neighbour: IPv6 starts on a link only once the kernel has noticed its carrier.
    pub(crate) fn await_ipv6(&self, neighbour: &str) {
        const TRIES: usize = 1000;
        let routed = (0..TRIES).any(|_| {
            let mut command = self.command();
            command.args(["ip", "-6", "route", "get", neighbour]);
            let output = command.output().expect("`ip` runs");
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains("src fd")
        });
        assert!(routed, "no IPv6 route to {neighbour} in {}", self.name);
    }
}

/// Runs a command that must succeed.
pub(crate) fn succeed(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {} {said}", output.status);
    output
}
