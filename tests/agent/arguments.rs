//! The agent's command line: a role, a target, settings.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;
use std::time::Duration;

/// Role and target in order, settings by name.
pub(crate) struct Arguments {
    words: Vec<String>,
    settings: BTreeMap<String, String>,
}

impl Arguments {
    /// Whatever contains `=` is a setting.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Self {
        let (settings, words): (Vec<_>, Vec<_>) = arguments.partition(|argument| argument.contains('='));
        let settings = settings
            .iter()
            .filter_map(|setting| setting.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Self { words, settings }
    }

    pub(crate) fn role(&self) -> &str {
        self.words.first().expect("a role")
    }

    pub(crate) fn target(&self) -> &str {
        self.words.get(1).expect("a target")
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    pub(crate) fn number<T: FromStr<Err: Debug>>(&self, name: &str) -> Option<T> {
        self.text(name).map(|text| text.parse().expect("a number"))
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.text(name) == Some("1")
    }

    pub(crate) fn milliseconds(&self, name: &str) -> Option<Duration> {
        self.number(name).map(Duration::from_millis)
    }
}
