//! Lists of checks: which module for which target, with labels. What is wrong with one check is no matter of the others.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::Target;
use crate::settings::{Content, Errors, Place, Section, duration};

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The name of the module to probe with.
    pub module: String,
    /// What to probe.
    pub target: Target,
    /// Labels for every series of it.
    pub labels: Vec<(String, String)>,
    /// How long it may take, if the list says so.
    pub timeout: Option<Duration>,
    /// Where it is in the text.
    pub place: Place,
}

/// Reads a list of checks. `module` is for those that name none. Checks that cannot be read are in `errors`, and left out.
///
/// A text that begins with `[`, `{` or `- ` is YAML or JSON: a list of mappings with `module`, `target`, and if need be `labels` and
/// `timeout`; or with `targets` and `labels`, as the file-based discovery of Prometheus has them, where the labels `__param_module`
/// and `__param_target` count as in a scrape and others that begin with two underscores are left out. Any other text has a check a
/// line: `MODULE TARGET NAME=VALUE…`, where `timeout=2s` is the timeout and a value with blanks is in double quotes. Empty lines and
/// those that begin with `#` are passed over.
pub fn read(text: &str, module: Option<&str>, errors: &mut Errors) -> Vec<Check> {
    let mut lines =
        text.lines().map(str::trim_start).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.next().unwrap_or_default();
    let is_structured =
        first.starts_with(['[', '{']) || first == "-" || first.starts_with("- ") || first == "---";
    if is_structured { read_structured(text, module, errors) } else { read_lines(text, module, errors) }
}

fn read_lines(text: &str, module: Option<&str>, errors: &mut Errors) -> Vec<Check> {
    let mut checks = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = Place { line: number as u32 + 1, column: 1 };
        match read_line(line, module, place) {
            Ok(check) => checks.push(check),
            Err(problem) => errors.push(place, "", problem),
        }
    }
    checks
}

fn read_line(line: &str, module: Option<&str>, place: Place) -> Result<Check, String> {
    let mut words: VecDeque<String> = split(line)?.into();
    let is_pair = |word: &String| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let plain = words.iter().take_while(|word| !is_pair(word)).count();
    let module = match (plain, module) {
        (0, _) => return Err("a module and a target are wanted, as in: icmp 127.0.0.1".to_owned()),
        (1, Some(module)) => module.to_owned(),
        (1, None) => return Err("a target is wanted behind the module".to_owned()),
        _ => words.pop_front().unwrap_or_default(),
    };
    let target = words.pop_front().unwrap_or_default();
    let mut check = Check { module, target: target.into(), labels: Vec::new(), timeout: None, place };
    for word in words {
        let Some((name, value)) = word.split_once('=').filter(|(name, _)| is_name(name)) else {
            return Err(format!("{word:?} is no label, as in: site=home"));
        };
        if name == "timeout" {
            check.timeout = Some(read_timeout(value)?);
        } else {
            add_label(&mut check.labels, name, value)?;
        }
    }
    Ok(check)
}

/// Splits at blanks that are not within double quotes.
fn split(line: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut is_quoted, mut is_begun) = (Vec::new(), String::new(), false, false);
    for character in line.chars() {
        match character {
            '"' => {
                is_quoted = !is_quoted;
                is_begun = true;
            }
            _ if character.is_whitespace() && !is_quoted => {
                if std::mem::take(&mut is_begun) {
                    words.push(std::mem::take(&mut word));
                }
            }
            _ => {
                word.push(character);
                is_begun = true;
            }
        }
    }
    if is_quoted {
        return Err("a double quote is missing".to_owned());
    }
    if is_begun {
        words.push(word);
    }
    Ok(words)
}

/// Whether it can be the name of a label; a target with an equals sign is none.
fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn add_label(labels: &mut Vec<(String, String)>, name: &str, value: &str) -> Result<(), String> {
    if !is_name(name) || name.starts_with("__") {
        return Err(format!("{name:?} cannot be the name of a label"));
    }
    if labels.iter().any(|(present, _)| present == name) {
        return Err(format!("label {name} is there twice"));
    }
    labels.push((name.to_owned(), value.to_owned()));
    Ok(())
}

fn read_timeout(text: &str) -> Result<Duration, String> {
    let read = duration::parse(text).map_err(|error| format!("timeout: {error}"))?;
    let length = read.not_negative().filter(|length| !length.is_zero());
    length.ok_or_else(|| "timeout: longer than zero is wanted".to_owned())
}

fn read_structured(text: &str, module: Option<&str>, errors: &mut Errors) -> Vec<Check> {
    let Some(root) = super::parse(text, errors) else { return Vec::new() };
    let single;
    let items = match &root.content {
        Content::Sequence(items) => items.as_slice(),
        Content::Mapping(_) => {
            single = [root.clone()];
            &single
        }
        _ => {
            errors.push(root.place, "", "a list of checks is wanted");
            return Vec::new();
        }
    };
    let mut checks = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let before = errors.problems().len();
        let Some(section) = Section::from_node(format!("[{index}]"), item, errors) else { continue };
        let read = read_item(section, module, item.place, errors);
        if errors.problems().len() == before {
            checks.extend(read);
        }
    }
    checks
}

fn read_item(mut item: Section<'_>, default: Option<&str>, place: Place, errors: &mut Errors) -> Vec<Check> {
    let targets = item.strings("targets", errors);
    let target = item.string("target", errors);
    let mut module = item.string("module", errors);
    let timeout = item.duration("timeout", errors).filter(|timeout| !timeout.is_zero());
    let given = item.section("labels", errors).map(|labels| labels.named_strings(errors)).unwrap_or_default();
    let (mut labels, mut parameter) = (Vec::new(), None);
    for (name, value) in given {
        match name.as_str() {
            "__param_module" => module = module.or(Some(value)),
            "__param_target" => parameter = Some(value),
            _ if name.starts_with("__") && targets.is_some() => {}
            _ => {
                if let Err(problem) = add_label(&mut labels, &name, &value) {
                    item.problem("labels", problem, errors);
                }
            }
        }
    }
    let Some(module) = module.or_else(|| default.map(str::to_owned)) else {
        item.problem_here("no module is named", errors);
        return Vec::new();
    };
    let targets = match (targets, target.or(parameter)) {
        (_, Some(target)) => vec![target],
        (Some(targets), None) => targets,
        (None, None) => {
            item.problem_here("no target is named", errors);
            return Vec::new();
        }
    };
    item.finish(errors);
    let check = |target: String| Check {
        module: module.clone(),
        target: target.into(),
        labels: labels.clone(),
        timeout,
        place,
    };
    targets.into_iter().map(check).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, module: Option<&str>) -> (Vec<String>, String) {
        let mut errors = Errors::in_file("f");
        let checks = read(text, module, &mut errors);
        let show = |check: Check| {
            let labels: Vec<_> = check.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let timeout = check.timeout.map_or(String::new(), |timeout| format!(" {timeout:?}"));
            format!("{} {} {}{timeout}", check.module, check.target, labels.join(","))
        };
        (checks.into_iter().map(show).collect(), errors.to_string())
    }

    #[test]
    fn lines_are_read_and_bad_ones_named() {
        let text = "# ours\nicmp 127.0.0.1 site=home rack=\"a b\"\n\nhttp http://a/?q=1 timeout=2s\nicmp\n\
                    tcp a:1 site\ntcp a:1 a=1 a=2\nicmp \"x\ntcp a:1 timeout=x\n";
        let (checks, problems) = shown(text, None);
        assert_eq!(checks, ["icmp 127.0.0.1 site=home,rack=a b", "http http://a/?q=1  2s"]);
        let places: Vec<&str> = problems.lines().map(|line| &line[..6]).collect();
        assert_eq!(places, ["f:5:1:", "f:6:1:", "f:7:1:", "f:8:1:", "f:9:1:"], "{problems}");
        assert_eq!(shown("127.0.0.1\n::1 a=b", Some("icmp")).0, ["icmp 127.0.0.1 ", "icmp ::1 a=b"]);
    }

    #[test]
    fn yaml_json_and_discovery_are_read() {
        let yaml = "- module: icmp\n  target: a\n  labels: {site: home}\n  timeout: 1s\n- {module: tcp}\n- {module: tcp, target: b, odd: 1}\n";
        let (checks, problems) = shown(yaml, None);
        assert_eq!(checks, ["icmp a site=home 1s"]);
        assert!(
            problems.starts_with("f:5:3: [1]: no target is named\nf:6:") && problems.contains("odd"),
            "{problems}"
        );
        let json = r#"[{"targets": ["a", "b"], "labels": {"__param_module": "icmp", "__scheme__": "x", "site": "home"}},
            {"targets": ["exporter:9115"], "labels": {"__param_target": "c"}}]"#;
        let (checks, problems) = shown(json, Some("tcp"));
        assert_eq!(checks, ["icmp a site=home", "icmp b site=home", "tcp c "]);
        assert_eq!(problems, "");
        assert_eq!(shown(json, None).1, "f:2:13: [1]: no module is named");
    }

    #[test]
    fn what_is_no_list_is_said() {
        assert_eq!(shown("[1, 2", None).0, [""; 0]);
        assert!(!shown("[1, 2", None).1.is_empty());
        assert_eq!(shown("", None), (Vec::new(), String::new()));
    }
}
