//! Names for what is only known when a case runs: addresses, files, fingerprints.

/// Names and what they stand for. In a text, `@name` is one of them.
#[derive(Clone, Debug, Default)]
pub struct Places(Vec<(String, String)>);

impl Places {
    /// Adds a name.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.push((name.into(), text.into()));
        // The longest first, so that no name hides another.
        self.0.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    }

    /// What a name stands for.
    ///
    /// # Panics
    /// If nothing has that name.
    #[track_caller]
    pub fn of(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        &found.unwrap_or_else(|| panic!("nothing is called @{name}")).1
    }

    /// Puts in what the names stand for. An `@` before anything else stays.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('@') {
            filled += &rest[..at];
            rest = &rest[at..];
            let after = &rest[1..];
            let ends =
                |name: &str| !after[name.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            if let Some((name, value)) =
                self.0.iter().find(|(name, _)| after.starts_with(name.as_str()) && ends(name))
            {
                filled += value;
                rest = &rest[1 + name.len()..];
            } else {
                filled.push('@');
                rest = after;
            }
        }
        filled + rest
    }

    /// Puts the names back, so that texts of different runs can be compared.
    pub fn mask(&self, text: &str) -> String {
        let (ports, others): (Vec<_>, Vec<_>) = self.0.iter().partition(|(name, _)| name.ends_with(".port"));
        let mut others = others;
        // A path goes before the folder that it is in.
        others.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let mut masked = text.to_owned();
        for (name, value) in others {
            masked = masked.replace(value.as_str(), &format!("@{name}"));
        }
        for (name, port) in ports {
            masked = masked.replace(&format!(":{port}"), &format!(":@{name}"));
        }
        masked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places() -> Places {
        let mut places = Places::default();
        places.add("s", "127.0.0.1:8080");
        places.add("s.port", "8080");
        places.add("second", "127.0.0.1:9090");
        places
    }

    #[test]
    fn fills_the_longest_name_that_ends_there() {
        let filled = places().fill("http://u:p@@s/ @s.port @second @sec @s2 a@b.test @s.");
        assert_eq!(
            filled,
            "http://u:p@127.0.0.1:8080/ 8080 127.0.0.1:9090 @sec @s2 a@b.test 127.0.0.1:8080."
        );
    }

    #[test]
    fn masks_addresses_and_ports() {
        let masked = places().mask("to 127.0.0.1:8080, localhost:8080 and 8080 bytes");
        assert_eq!(masked, "to @s, localhost:@s.port and 8080 bytes");
    }
}
