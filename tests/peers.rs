//! Our probers and our exporter against the real servers of other people, each started by its test on loopback.
//!
//! `tests/run` fetches the servers; the facts about one that is not on this host are ignored and say so.

#[path = "peers/bench.rs"]
mod bench;
#[path = "peers/bind.rs"]
mod bind;
#[path = "peers/certificates.rs"]
mod certificates;
#[path = "peers/dovecot.rs"]
mod dovecot;
#[path = "peers/exim.rs"]
mod exim;
#[path = "support/exporter.rs"]
mod exporter;
#[path = "peers/folder.rs"]
mod folder;
#[path = "peers/grpc.rs"]
mod grpc;
#[path = "peers/mail.rs"]
mod mail;
#[path = "peers/mariadb.rs"]
mod mariadb;
#[path = "peers/mosquitto.rs"]
mod mosquitto;
#[path = "peers/nagios.rs"]
mod nagios;
#[path = "peers/nginx.rs"]
mod nginx;
#[path = "peers/node_exporter.rs"]
mod node_exporter;
#[path = "peers/openssh.rs"]
mod openssh;
#[path = "peers/plugins.rs"]
mod plugins;
#[path = "peers/ports.rs"]
mod ports;
#[path = "peers/postgresql.rs"]
mod postgresql;
#[path = "peers/programs.rs"]
mod programs;
#[path = "peers/prometheus.rs"]
mod prometheus;
#[path = "peers/promtool.rs"]
mod promtool;
#[path = "peers/proxies.rs"]
mod proxies;
#[path = "peers/pushgateway.rs"]
mod pushgateway;
#[path = "peers/redis.rs"]
mod redis;
#[path = "peers/remote_write.rs"]
mod remote_write;
#[path = "peers/report.rs"]
mod report;
#[path = "peers/server.rs"]
mod server;
#[path = "peers/user.rs"]
mod user;
#[path = "peers/vsftpd.rs"]
mod vsftpd;
#[path = "peers/wait.rs"]
mod wait;
#[path = "peers/zabbix.rs"]
mod zabbix;

use libtest_mimic::Arguments;

fn main() {
    let arguments = Arguments::from_args();
    let trials = [
        bind::trials_of(),
        dovecot::trials_of(),
        exim::trials_of(),
        grpc::trials_of(),
        mail::trials_of(),
        mariadb::trials_of(),
        mosquitto::trials_of(),
        nagios::trials_of(),
        nginx::trials_of(),
        node_exporter::trials_of(),
        openssh::trials_of(),
        plugins::trials_of(),
        postgresql::trials_of(),
        prometheus::trials_of(),
        promtool::trials_of(),
        proxies::trials_of(),
        pushgateway::trials_of(),
        redis::trials_of(),
        remote_write::trials_of(),
        vsftpd::trials_of(),
        zabbix::trials_of(),
    ];
    let conclusion = libtest_mimic::run(&arguments, trials.into_iter().flatten().collect());
    programs::remove_copy();
    conclusion.exit();
}
