//! The layout of a line: time, level, place in the source, message, then attributes.

use std::fmt::{self, Write};
use std::time::SystemTime;

use probe_core::render::Rfc3339;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::Format;
use super::fields::{Collected, JsonText, write_attribute};

/// Bytes of a time of day down to milliseconds: `2024-02-29T12:00:00.000`.
const MILLISECONDS: usize = 23;

/// Lays out one line. Attributes of the spans around a message come before its own.
pub(super) struct Line(pub(super) Format);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'w> FormatFields<'w> + 'static,
{
    fn format_event(
        &self,
        cx: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut collected = Collected::new(self.0);
        event.record(&mut collected);
        writer.write_str(&head(self.0, SystemTime::now(), event.metadata(), &collected.message))?;
        for span in cx.event_scope().into_iter().flat_map(Scope::from_root) {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                writer.write_str(fields)?;
            }
        }
        writer.write_str(&collected.attributes)?;
        writer.write_str(match self.0 {
            Format::Json => "}\n",
            Format::Logfmt => "\n",
        })
    }
}

fn head(format: Format, time: SystemTime, metadata: &Metadata<'_>, message: &str) -> String {
    let level = level_word(*metadata.level());
    let time = Rfc3339(time).to_string();
    let file = metadata.file().unwrap_or_default();
    let source =
        format!("{}:{}", file.rsplit('/').next().unwrap_or_default(), metadata.line().unwrap_or_default());
    let mut out = String::with_capacity(160);
    // Writing to a string cannot fail.
    let _ = match format {
        Format::Json => {
            write!(out, "{{\"time\":\"{time}\",\"level\":\"{level}\",\"source\":{}", JsonText(&source))
        }
        Format::Logfmt => {
            write!(out, "time={}Z level={level} source={source}", &time[..MILLISECONDS.min(time.len())])
        }
    };
    write_attribute(&mut out, format, "msg", message);
    out
}

/// The reference knows no level below debug.
fn level_word(level: tracing::Level) -> &'static str {
    match level {
        tracing::Level::ERROR => "ERROR",
        tracing::Level::WARN => "WARN",
        tracing::Level::INFO => "INFO",
        _ => "DEBUG",
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing::{debug_span, info};
    use tracing_subscriber::fmt::MakeWriter;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::log::fields::FieldText;

    /// Keeps what is written.
    #[derive(Clone, Default)]
    struct Sheet(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Sheet {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no writer panicked").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Sheet {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    /// The line of one message inside a span, from its message on.
    fn logged(format: Format) -> String {
        let sheet = Sheet::default();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(Line(format))
            .fmt_fields(FieldText(format))
            .with_writer(sheet.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            let _inside = debug_span!("probe", module = "m", target = "a b").entered();
            info!(count = 3, seconds = 0.5, yes = true, err = %"no way", "Probe failed");
        });
        let text = String::from_utf8(sheet.0.lock().expect("no writer panicked").clone()).expect("text");
        let message = text.find("msg").expect("a message");
        assert!(text[..message].contains("INFO") && text[..message].contains("layout.rs:"), "{text}");
        text[message..].to_owned()
    }

    #[test]
    fn logfmt_has_attributes_of_the_span_first() {
        let line =
            "msg=\"Probe failed\" module=m target=\"a b\" count=3 seconds=0.5 yes=true err=\"no way\"\n";
        assert_eq!(logged(Format::Logfmt), line);
    }

    #[test]
    fn json_is_one_object_a_line() {
        let line = "msg\":\"Probe failed\",\"module\":\"m\",\"target\":\"a b\",\"count\":3,\"seconds\":0.5,\
            \"yes\":true,\"err\":\"no way\"}\n";
        assert_eq!(logged(Format::Json), line);
    }
}
