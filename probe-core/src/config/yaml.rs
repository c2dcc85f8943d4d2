//! YAML text into the tree that sections read: the first document, with anchors, aliases and merge keys resolved.

use std::borrow::Cow;
use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use crate::settings::{Content, Entry, Errors, Node, Place, Scalar, ScalarTag};

/// Deepest nesting of mappings and lists. A configuration needs about ten levels.
const DEEPEST: usize = 64;

/// Most that aliases may repeat, in values (a long text counts as several). Keeps a few lines from filling the memory.
const MOST_REPEATED: usize = 200_000;

/// Characters of text that count as one more value.
const TEXT_PER_VALUE: usize = 64;

/// The first document of `text`. `None` if there is none, or if it cannot be read; then `errors` says why.
pub(super) fn parse(text: &str, errors: &mut Errors) -> Option<Node> {
    let mut builder = Builder { errors, open: Vec::new(), anchors: HashMap::new(), repeated: 0, root: None };
    if let Some(fault) = control_character(text) {
        builder.errors.push(fault.place, "", fault.message);
        return None;
    }
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let taken = next
            .map_err(|error| Fault::syntax(&error, text))
            .and_then(|(event, span)| builder.take(event, span));
        if let Err(fault) = taken {
            builder.errors.push(fault.place, "", fault.message);
            return None;
        }
        if let Some(root) = builder.root.take() {
            return Some(root);
        }
    }
    None
}

/// What ends the reading.
struct Fault {
    place: Place,
    message: String,
}

impl Fault {
    fn new(place: Place, message: impl Into<String>) -> Self {
        Self { place, message: message.into() }
    }

    fn syntax(error: &ScanError, text: &str) -> Self {
        let place = place_of(*error.marker());
        let mut message = format!("not valid YAML: {}", error.info());
        if message.ends_with("unknown anchor")
            && let Some(name) = alias_at(text, place)
        {
            message.push(' ');
            message.push_str(name);
        }
        Self::new(place, message)
    }
}

/// The name behind the `*` at a place.
fn alias_at(text: &str, place: Place) -> Option<&str> {
    let line = text.lines().nth(place.line.checked_sub(1)? as usize)?;
    let (start, _) = line.char_indices().nth(place.column.checked_sub(1)? as usize)?;
    let name = line[start..].strip_prefix('*')?;
    name.split(|character: char| character.is_whitespace() || ",[]{}".contains(character)).next()
}

/// The first character that YAML does not allow (YAML 1.1 section 5.1), which the parser would let pass.
fn control_character(text: &str) -> Option<Fault> {
    let is_allowed = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{FFFE}' | '\u{FFFF}' => false,
        _ => !character.is_control(),
    };
    let (at, character) = text.char_indices().find(|(_, character)| !is_allowed(*character))?;
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    let place = Place { line: line as u32, column: column as u32 };
    let number = u32::from(character);
    Some(Fault::new(
        place,
        format!("not valid YAML: control characters are not allowed, found U+{number:04X}"),
    ))
}

/// A finished value.
#[derive(Clone)]
struct Built {
    node: Node,
    /// How many values it holds, itself included.
    weight: usize,
    /// How many levels it holds, itself included.
    height: usize,
}

/// A mapping or list that has not ended.
struct Open {
    place: Place,
    anchor: usize,
    weight: usize,
    height: usize,
    content: OpenContent,
}

enum OpenContent {
    Mapping(OpenMapping),
    Sequence(Vec<Node>),
}

#[derive(Default)]
struct OpenMapping {
    entries: Vec<Entry>,
    /// Lines of the keys so far.
    lines: HashMap<String, u32>,
    /// Entries from merge keys, which give way to the mapping's own.
    merged: Vec<Entry>,
    /// The key whose value comes next.
    key: Option<Key>,
}

struct Key {
    text: String,
    place: Place,
    merges: bool,
}

struct Builder<'e> {
    errors: &'e mut Errors,
    open: Vec<Open>,
    anchors: HashMap<usize, Built>,
    repeated: usize,
    root: Option<Node>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Fault> {
        let place = place_of(span.start);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = scalar(text, style, tag.as_deref(), place);
                let weight = 1 + node.scalar().map_or(0, |scalar| scalar.text.len() / TEXT_PER_VALUE);
                self.complete(Built { node, weight, height: 1 }, anchor)
            }
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::SequenceStart(anchor, _) => self.start(place, anchor, OpenContent::Sequence(Vec::new())),
            Event::MappingStart(anchor, _) => {
                self.start(place, anchor, OpenContent::Mapping(OpenMapping::default()))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn start(&mut self, place: Place, anchor: usize, content: OpenContent) -> Result<(), Fault> {
        if self.open.len() >= DEEPEST {
            return Err(too_deep(place));
        }
        self.open.push(Open { place, anchor, weight: 1, height: 1, content });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let content = match open.content {
            OpenContent::Mapping(mapping) => Content::Mapping(mapping.into_entries()),
            OpenContent::Sequence(items) => Content::Sequence(items),
        };
        let node = Node { place: open.place, content };
        self.complete(Built { node, weight: open.weight, height: open.height }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Fault> {
        let Some(built) = self.anchors.get(&anchor) else {
            return Err(Fault::new(place, "an alias stands inside the value it repeats"));
        };
        self.repeated += built.weight;
        if self.repeated > MOST_REPEATED {
            return Err(Fault::new(place, format!("aliases repeat more than {MOST_REPEATED} values")));
        }
        if self.open.len() + built.height > DEEPEST {
            return Err(too_deep(place));
        }
        let built = built.clone();
        self.complete(built, 0)
    }

    /// Puts a finished value where it belongs: under its key, into its list, or at the root.
    fn complete(&mut self, built: Built, anchor: usize) -> Result<(), Fault> {
        if anchor != 0 {
            self.anchors.insert(anchor, built.clone());
        }
        let Some(parent) = self.open.last_mut() else {
            self.root = Some(built.node);
            return Ok(());
        };
        parent.weight += built.weight;
        parent.height = parent.height.max(built.height + 1);
        match &mut parent.content {
            OpenContent::Sequence(items) => items.push(built.node),
            OpenContent::Mapping(mapping) => match mapping.key.take() {
                None => mapping.key = Some(read_key(built.node)?),
                Some(key) => mapping.add(key, built.node, self.errors)?,
            },
        }
        Ok(())
    }
}

impl OpenMapping {
    fn add(&mut self, key: Key, value: Node, errors: &mut Errors) -> Result<(), Fault> {
        if let Some(line) = self.lines.get(&key.text) {
            let key_text = key.text.escape_debug();
            errors.push(key.place, "", format!("key \"{key_text}\" is there already in line {line}"));
            return Ok(());
        }
        self.lines.insert(key.text.clone(), key.place.line);
        if key.merges {
            return self.merge(value);
        }
        self.entries.push(Entry { key: key.text, place: key.place, value });
        Ok(())
    }

    fn merge(&mut self, value: Node) -> Result<(), Fault> {
        let place = value.place;
        let sources = match value.content {
            Content::Sequence(items) => items,
            content => vec![Node { place, content }],
        };
        for source in sources {
            let Content::Mapping(entries) = source.content else {
                return Err(Fault::new(
                    source.place,
                    "the merge key << needs a mapping or a list of mappings",
                ));
            };
            self.merged.extend(entries);
        }
        Ok(())
    }

    /// The entries; of merged ones with the same key, the first counts.
    fn into_entries(mut self) -> Vec<Entry> {
        for entry in self.merged {
            if !self.lines.contains_key(&entry.key) {
                self.lines.insert(entry.key.clone(), entry.place.line);
                self.entries.push(entry);
            }
        }
        self.entries
    }
}

fn read_key(node: Node) -> Result<Key, Fault> {
    let Content::Scalar(scalar) = node.content else {
        return Err(Fault::new(node.place, "a key must be a word or a text"));
    };
    let merges = scalar.plain && scalar.text == "<<";
    Ok(Key { text: scalar.text, place: node.place, merges })
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>, place: Place) -> Node {
    let full_tag = tag.map(|tag| format!("{}{}", tag.handle, tag.suffix)).unwrap_or_default();
    let core_tag = full_tag.strip_prefix("tag:yaml.org,2002:").unwrap_or(&full_tag);
    let scalar = Scalar {
        text: text.into_owned(),
        plain: style == ScalarStyle::Plain,
        tag: match core_tag {
            "binary" => ScalarTag::Binary,
            "bool" | "float" | "int" => ScalarTag::Resolve,
            "str" | "!" => ScalarTag::Text,
            _ => ScalarTag::None,
        },
    };
    let content =
        if core_tag == "null" || scalar.is_null() { Content::Null } else { Content::Scalar(scalar) };
    Node { place, content }
}

fn too_deep(place: Place) -> Fault {
    Fault::new(place, format!("nested deeper than {DEEPEST} levels"))
}

/// The parser counts lines from one and columns from zero.
fn place_of(marker: Marker) -> Place {
    Place { line: marker.line() as u32, column: marker.col() as u32 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    /// The tree in one line, without places.
    fn shape(node: &Node) -> String {
        match &node.content {
            Content::Null => "~".to_owned(),
            Content::Scalar(scalar) if scalar.plain => scalar.text.clone(),
            Content::Scalar(scalar) => format!("{:?}", scalar.text),
            Content::Sequence(items) => {
                format!("[{}]", items.iter().map(shape).collect::<Vec<_>>().join(" "))
            }
            Content::Mapping(entries) => {
                let shown = |entry: &Entry| format!("{}={}", entry.key, shape(&entry.value));
                format!("{{{}}}", entries.iter().map(shown).collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn read(text: &str) -> Result<Node, String> {
        let mut errors = Errors::default();
        let root = parse(text, &mut errors);
        match root {
            Some(root) if errors.is_empty() => Ok(root),
            _ => Err(errors.to_string()),
        }
    }

    #[test]
    fn reads_the_first_document_into_a_tree() {
        let cases = [
            ("a: 1\nb: ['x', ~, \"\"]\nc:\n", r#"{a=1 b=["x" ~ ""] c=~}"#),
            ("---\na: b\n---\n: : nonsense [\n", "{a=b}"),
            ("\u{feff}a: b\n", "{a=b}"),
            ("a: !!str\nb: !!str 5\nc: !!null x", "{a= b=5 c=~}"),
            ("a: |\n  one\n  two\n", r#"{a="one\ntwo\n"}"#),
            ("--- ~\n", "~"),
            ("- a\n- b: c\n", "[a {b=c}]"),
            ("5: x\n'q': y\n", "{5=x q=y}"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).as_ref().map(shape).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn repeats_and_merges() {
        let cases = [
            ("a: &x {p: 1}\nb: *x\n", "{a={p=1} b={p=1}}"),
            ("a: &x {p: 1, q: 2}\nb: {<<: *x, p: 3}\n", "{a={p=1 q=2} b={p=3 q=2}}"),
            ("a: &x {p: 1}\nb: &y {p: 2, q: 3}\nc: {<<: [*x, *y]}\n", "{a={p=1} b={p=2 q=3} c={p=1 q=3}}"),
            ("a: &x 1\na2: &x 2\nb: *x\n", "{a=1 a2=2 b=2}"),
            ("a: &x k\n*x : v\n", "{a=k k=v}"),
            ("a: {'<<': 1}\n", "{a={<<=1}}"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).as_ref().map(shape).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn without_a_document_there_is_nothing() {
        for text in ["", "# only a comment\n"] {
            let mut errors = Errors::default();
            assert_eq!((parse(text, &mut errors), errors.is_empty()), (None, true), "{text:?}");
        }
    }

    #[test]
    fn refuses_with_a_place() {
        let cases = [
            ("a: 1\nb: 2\na: 3\n", "line 3, column 1: key \"a\" is there already in line 1"),
            ("a:\n\tb: 1\n", "line 2, column 2: not valid YAML: tabs"),
            ("a: [1, 2\nb: 3\n", "line 2, column "),
            ("a: *nowhere\n", "line 1, column 4: not valid YAML: "),
            ("a: &x [*x]\n", "line 1, column 8: an alias stands inside the value it repeats"),
            ("a: {<<: 5}\n", "line 1, column 9: the merge key << needs"),
            ("? [a]\n: b\n", "line 1, column 3: a key must be a word"),
            ("a: {~: b}\n", "line 1, column 5: a key must be a word"),
        ];
        for (text, expected) in cases {
            let error = read(text).expect_err(text);
            assert!(error.starts_with(expected), "{text:?}: {error}");
        }
    }

    #[test]
    fn reports_every_duplicate_key() {
        let error = read("a: 1\na: 2\nb: {c: 1, c: 2}\n").expect_err("two keys are there twice");
        assert_eq!(error.lines().count(), 2, "{error}");
    }

    #[test]
    fn bounds_what_aliases_repeat() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..10 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(text, "a{level}: &a{level} [{items}]").expect("a string takes everything");
        }
        let error = read(&text).expect_err("a bomb");
        assert!(error.ends_with("aliases repeat more than 200000 values"), "{error}");

        let long = "x".repeat(1 << 20);
        let text = format!("a: &a {long}\nb: [{}]\n", vec!["*a"; 1000].join(", "));
        let error = read(&text).expect_err("a bomb of one long text");
        assert!(error.ends_with("aliases repeat more than 200000 values"), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in r#"([a-c]|[-:?,&*!|>'"%@`#~<\[\]{}. \t\n\u{feff}]|: |- |<<: |&a |\*a |!!str |---\n|\n  ){0,60}"#) {
            let mut errors = Errors::default();
            let root = parse(&text, &mut errors);
            // A document that cannot be read is never taken for an empty one.
            let says_something = text.lines().any(|line| line.starts_with(['a', 'b', 'c']));
            assert!(root.is_some() || !errors.is_empty() || !says_something);
        }
    }

    #[test]
    fn bounds_the_depth() {
        let flow = format!("{}{}", "[".repeat(65), "]".repeat(65));
        let block = format!("{}x", "- ".repeat(5000));
        let mut chain = String::from("a0: &a0 [x]\n");
        for level in 1..80 {
            writeln!(chain, "a{level}: &a{level} [*a{}]", level - 1).expect("a string takes everything");
        }
        for text in [flow, block, chain] {
            let error = read(&text).expect_err("too deep");
            assert!(error.ends_with("nested deeper than 64 levels"), "{error}");
        }
    }

    #[test]
    fn places_count_from_one() {
        let root = read("modules:\n  é: {ttl: 5}\n").expect("valid");
        let Content::Mapping(top) = &root.content else { panic!("a mapping") };
        let Content::Mapping(modules) = &top[0].value.content else { panic!("a mapping") };
        let Content::Mapping(module) = &modules[0].value.content else { panic!("a mapping") };
        assert_eq!(modules[0].place, Place { line: 2, column: 3 });
        assert_eq!(module[0].place, Place { line: 2, column: 7 });
        assert_eq!(module[0].value.place, Place { line: 2, column: 12 });
    }
}
