//! Whether certificates hold, and for how long: what `probe tls` probes with.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use probe_core::model::{Note, NoteContent, NoteField, Phase, ProbeError, Reason, Recorder};
use probe_core::net::BoxFuture;
use probe_core::prober::shared::{EARLIEST_EXPIRY, LAST_CHAIN_EXPIRY};
use probe_core::prober::tcp::{TcpProber, TcpSettings};
use probe_core::prober::{Context, Prober};
use tokio::time::{Instant, timeout};

use crate::show::WARNING;

const DAY: f64 = 86_400.0;
/// Left of the time when a second look is given up, so that the first failure is the one that is told.
const MARGIN: Duration = Duration::from_millis(50);

/// Connects over TLS and judges how many days are left.
pub(crate) struct CertificateCheck {
    prober: TcpProber,
    /// Looks at what is not to be trusted; nothing where that makes no difference.
    lenient: Option<TcpProber>,
    warn_days: u32,
    crit_days: u32,
}

impl CertificateCheck {
    /// A check by a prober with these settings, which speak TLS.
    pub(crate) fn new(settings: TcpSettings, warn_days: u32, crit_days: u32) -> Self {
        let is_strict = !settings.tls_options.insecure_skip_verify;
        let lenient = is_strict.then(|| {
            let mut settings = settings.clone();
            settings.tls_options.insecure_skip_verify = true;
            TcpProber::new(settings)
        });
        Self { prober: TcpProber::new(settings), lenient, warn_days, crit_days }
    }

    async fn run(&self, cx: &Context<'_>, out: &mut Recorder) -> Result<(), ProbeError> {
        let result = self.prober.probe(cx, out).await;
        match &result {
            Ok(()) => self.judge(out),
            Err(error) if error.reason == Reason::Tls => {
                self.look_again(cx, out).await;
                result
            }
            Err(_) => result,
        }
    }

    /// What was presented, although it is not to be trusted.
    async fn look_again(&self, cx: &Context<'_>, out: &mut Recorder) {
        let Some(lenient) = &self.lenient else { return };
        let left = cx.deadline.remaining(Instant::now().into_std()).saturating_sub(MARGIN);
        let mut seen = Recorder::default().keeping_details(true);
        // Whether it worked shows in what it has noted.
        let _ = timeout(left, lenient.probe(cx, &mut seen)).await;
        out.notes.extend(seen.notes.into_iter().filter(|note| !note.fields().is_empty()));
    }

    fn judge(&self, out: &mut Recorder) -> Result<(), ProbeError> {
        // Verified chains are what counts; where nothing was verified, what was presented is all there is.
        let chain = out.get(&LAST_CHAIN_EXPIRY).filter(|expiry| *expiry > 0.0);
        let Some(expiry) = chain.or_else(|| out.get(&EARLIEST_EXPIRY)) else {
            let detail = "no certificate was presented";
            return Err(ProbeError::new(Reason::Tls, Phase::Validate, detail));
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64();
        let left = (expiry - now) / DAY;
        if left < 0.0 {
            let detail = format!("the certificate ended {} ago", days(-left));
            return Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail));
        }
        if left < f64::from(self.crit_days) {
            let detail = format!("the certificate ends in {}, less than {} days", days(left), self.crit_days);
            return Err(ProbeError::new(Reason::Expectation, Phase::Validate, detail));
        }
        if left < f64::from(self.warn_days) {
            let words = format!("ends in {}, less than {} days", days(left), self.warn_days);
            let fields = vec![NoteField::text("certificate", words)];
            out.notes.push(Note { name: WARNING, content: NoteContent::Fields(fields) });
        }
        Ok(())
    }
}

fn days(days: f64) -> String {
    match days.floor() as u64 {
        1 => "1 day".to_owned(),
        whole => format!("{whole} days"),
    }
}

impl Prober for CertificateCheck {
    fn probe<'a>(
        &'a self,
        cx: &'a Context<'a>,
        out: &'a mut Recorder,
    ) -> BoxFuture<'a, Result<(), ProbeError>> {
        Box::pin(self.run(cx, out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(days_left: f64) -> (Option<String>, Vec<String>) {
        let check = CertificateCheck::new(TcpSettings::default(), 21, 7);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("later than 1970").as_secs_f64();
        let mut out = Recorder::default();
        out.put(&LAST_CHAIN_EXPIRY, now + days_left * DAY);
        let failure = check.judge(&mut out).err().map(|error| error.detail);
        (failure, out.notes.iter().map(|note| note.text().into_owned()).collect())
    }

    #[test]
    fn days_left_decide() {
        assert_eq!(judge(90.5), (None, Vec::new()));
        assert_eq!(judge(20.5), (None, vec!["certificate ends in 20 days, less than 21 days".to_owned()]));
        assert_eq!(judge(1.5).0.as_deref(), Some("the certificate ends in 1 day, less than 7 days"));
        assert_eq!(judge(-3.5).0.as_deref(), Some("the certificate ended 3 days ago"));
    }

    #[test]
    fn without_a_verified_chain_what_was_presented_counts() {
        let check = CertificateCheck::new(TcpSettings::default(), 21, 7);
        let mut out = Recorder::default();
        assert!(check.judge(&mut out).is_err());
        out.put(&LAST_CHAIN_EXPIRY, -62_135_596_800.0);
        out.put(&EARLIEST_EXPIRY, 1.0);
        let error = check.judge(&mut out).expect_err("it has ended");
        assert!(error.detail.starts_with("the certificate ended "), "{}", error.detail);
    }
}
