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
        let mut line = String::with_capacity(160);
        let metadata = event.metadata();
        let place = (metadata.file().unwrap_or_default(), metadata.line().unwrap_or_default());
        write_head(&mut line, self.0, SystemTime::now(), level_word(metadata), place, &collected.message);
        writer.write_str(&line)?;
        for span in cx.event_scope().into_iter().flat_map(Scope::from_root) {
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>() {
                writer.write_str(fields)?;
            }
        }
        writer.write_str(&collected.attributes)?;
        writer.write_str(self.0.line_end())
    }
}

/// Writes a line up to its attributes. `place` is a file and a line of the source.
pub(super) fn write_head(
    out: &mut String,
    format: Format,
    time: SystemTime,
    level: &str,
    (file, line): (&str, u32),
    message: &str,
) {
    let time = Rfc3339(time).to_string();
    let file = file.rsplit('/').next().unwrap_or_default();
    // Writing to a string cannot fail.
    let _ = match format {
        Format::Json => write!(
            out,
            "{{\"time\":\"{time}\",\"level\":\"{level}\",\"source\":{}",
            JsonText(&format!("{file}:{line}"))
        ),
        Format::Logfmt => {
            write!(out, "time={}Z level={level} source={file}:{line}", &time[..MILLISECONDS.min(time.len())])
        }
    };
    write_attribute(out, format, "msg", message);
}

/// The reference knows no level below debug.
fn level_word(metadata: &Metadata<'_>) -> &'static str {
    match *metadata.level() {
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
