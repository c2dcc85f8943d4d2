//! TLS from the start, with a server on this host.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use super::*;
use crate::model::{Phase, Reason, Report, Severity, Verdict};
use crate::net::LiteralsOnly;
use crate::net::tls::TlsOptions;
use crate::net::tls::testing::{Issued, accept, params};
use crate::prober::shared::address::LOOKUP_TIME;
use crate::prober::shared::{EARLIEST_EXPIRY, LAST_CHAIN_EXPIRY, LAST_CHAIN_INFO, VERSION};
use crate::prober::{Overrides, RunOptions, Services, Settings, run};

/// Probes a server with a certificate for this name.
async fn probe(names: &[&str], configure: impl FnOnce(&Issued) -> TcpSettings) -> Report {
    let root = Issued::authority("root", 90);
    let config = root.issue(params("leaf", names, 30)).server(&[]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
    let target = listener.local_addr().expect("it is bound").to_string().into();
    let serve = async {
        let (connection, _) = listener.accept().await.expect("the prober connects");
        if let Ok(mut stream) = accept(config, connection).await {
            let _ = stream.read(&mut [0]).await;
        }
    };
    let prober = TcpProber::new(configure(&root));
    let mut options = RunOptions::new("m", "tcp", Duration::from_secs(60));
    options.log = Some(Severity::Debug);
    let services = Services::new(Arc::new(LiteralsOnly));
    tokio::join!(run(&prober, &target, &options, &services), serve).0
}

fn over_tls(tls_options: TlsOptions) -> TcpSettings {
    TcpSettings { tls: true, tls_options, ..TcpSettings::default() }
}

fn said(report: &Report) -> Vec<String> {
    report.log.iter().map(|line| format!("{} {}", line.severity, line.message)).collect()
}

#[tokio::test]
async fn a_handshake_is_part_of_connecting_and_shows_what_it_showed() {
    let report = probe(&["127.0.0.1"], |root| over_tls(root.trusted())).await;
    assert!(report.is_success(), "{:?}", report.verdict);
    assert_eq!(report.measurements.read(&VERSION, ["TLS 1.3"]), Some(1));
    let ends = report.measurements.get(&LAST_CHAIN_EXPIRY);
    assert!(ends.is_some() && ends == report.measurements.get(&EARLIEST_EXPIRY));
    let info = LAST_CHAIN_INFO.family();
    assert!(report.measurements.samples().iter().any(|sample| std::ptr::eq(sample.family, info)));
    assert_eq!(
        said(&report),
        [
            "DEBUG Beginning probe",
            "DEBUG Resolving target address",
            "DEBUG Resolved target address",
            "DEBUG Dialing TCP with TLS",
            "DEBUG Successfully dialed",
            "DEBUG Probe succeeded",
        ]
    );
}

#[tokio::test]
async fn a_certificate_that_is_refused_leaves_the_address_alone() {
    let report = probe(&["other.test"], |root| over_tls(root.trusted())).await;
    let Verdict::Failure { reason, phase, error } = &report.verdict else { panic!("it is refused") };
    assert_eq!((*reason, *phase), (Reason::Tls, Phase::Tls));
    assert!(error.detail.contains("it is not for 127.0.0.1, but for other.test"), "{error}");
    assert!(report.measurements.get(&LOOKUP_TIME).is_some());
    assert_eq!(report.measurements.get(&FAILED_DUE_TO_REGEX), None);
    assert_eq!(report.measurements.get(&EARLIEST_EXPIRY), None);
    let said = said(&report);
    assert_eq!(said[said.len() - 2..], ["ERROR Error dialing TCP", "ERROR Probe failed"]);
}

#[tokio::test]
async fn the_name_of_a_request_is_the_one_that_is_verified() {
    let overrides = Overrides { hostname: Some("other.test".into()) };
    let settings = |root: &Issued| {
        let asked = over_tls(root.trusted()).with_overrides(&overrides).expect("no contradiction");
        assert!(asked.is_some(), "there was no name");
        let named = TlsOptions { server_name: "other.test".into(), ..root.trusted() };
        assert!(over_tls(named.clone()).with_overrides(&overrides).expect("no contradiction").is_none());
        over_tls(named)
    };
    assert!(probe(&["other.test"], settings).await.is_success());
}
