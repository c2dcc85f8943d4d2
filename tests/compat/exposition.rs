//! The text exposition format, read strictly.

use std::collections::BTreeMap;

/// What an exposition says: each series with its value, and each family with its help and type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exposition {
    /// By name and labels, as they are written.
    pub series: BTreeMap<String, f64>,
    /// Help and type by name.
    pub families: BTreeMap<String, (String, String)>,
}

impl Exposition {
    /// Reads a text; says what is wrong with it. Families must be sorted, and help and type come before the series.
    pub fn read(text: &str) -> Result<Self, String> {
        let mut exposition = Self::default();
        let mut family = String::new();
        let mut help = None;
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, words) = rest.split_once(' ').ok_or_else(|| format!("no help: {line}"))?;
                help = Some((name.to_owned(), words.to_owned()));
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').ok_or_else(|| format!("no type: {line}"))?;
                let (of, words) = help.take().ok_or_else(|| format!("no help before {line}"))?;
                if of != name {
                    return Err(format!("help of {of} before type of {name}"));
                }
                if name <= family.as_str() {
                    return Err(format!("{name} comes after {family}"));
                }
                name.clone_into(&mut family);
                exposition.families.insert(family.clone(), (words, kind.to_owned()));
            } else {
                let (series, value) = line.rsplit_once(' ').ok_or_else(|| format!("no value: {line}"))?;
                if family_of(series) != family {
                    return Err(format!("{series} among the series of {family}"));
                }
                let value = value.parse().map_err(|_| format!("no number: {line}"))?;
                if exposition.series.insert(series.to_owned(), value).is_some() {
                    return Err(format!("{series} is there twice"));
                }
            }
        }
        Ok(exposition)
    }
}

/// The name without labels.
pub fn family_of(series: &str) -> &str {
    series.split_once('{').map_or(series, |(name, _)| name)
}
