//! Messages as tools show them, and as the reference exporter logs them.

use std::fmt;

use super::{Message, Question};

/// Flags of the header in its order, with their names (RFC 1035 section 4.1.1, RFC 2535 section 6.1).
const FLAGS: [(u16, &str); 8] = [
    (0x8000, "qr"),
    (0x0400, "aa"),
    (0x0200, "tc"),
    (0x0100, "rd"),
    (0x0080, "ra"),
    (0x0040, "z"),
    (0x0020, "ad"),
    (0x0010, "cd"),
];
/// Kinds of messages by number; 3 was never assigned.
const OPCODES: [&str; 6] = ["QUERY", "IQUERY", "STATUS", "", "NOTIFY", "UPDATE"];

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opcode = OPCODES.get(usize::from(self.flags >> 11 & 0xf)).unwrap_or(&"");
        writeln!(f, ";; opcode: {opcode}, status: {}, id: {}", self.rcode, self.id)?;
        f.write_str(";; flags:")?;
        for (flag, name) in FLAGS {
            if self.flags & flag != 0 {
                write!(f, " {name}")?;
            }
        }
        let sections =
            [("ANSWER", &self.answer), ("AUTHORITY", &self.authority), ("ADDITIONAL", &self.additional)];
        write!(f, "; QUERY: {}", self.questions.len())?;
        for (name, records) in sections {
            write!(f, ", {name}: {}", records.len())?;
        }
        f.write_str("\n")?;
        if !self.questions.is_empty() {
            f.write_str("\n;; QUESTION SECTION:\n")?;
        }
        for Question { name, kind, class } in &self.questions {
            writeln!(f, ";{name}\t{class}\t {kind}")?;
        }
        for (name, records) in sections {
            if !records.is_empty() {
                write!(f, "\n;; {name} SECTION:\n")?;
            }
            for record in records {
                writeln!(f, "{}", record.text)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_shown_section_by_section() {
        let bytes = b"\x12\x34\x81\x80\0\x01\0\x01\0\0\0\0\x01a\0\0\x01\0\x01\xc0\x0c\0\x01\0\x01\0\0\x01\x2c\0\x04\xc0\0\x02\x01";
        let message = Message::parse(bytes).expect("an answer");
        let expected = ";; opcode: QUERY, status: NOERROR, id: 4660\n\
            ;; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0\n\n\
            ;; QUESTION SECTION:\n;a.\tIN\t A\n\n;; ANSWER SECTION:\na.\t300\tIN\tA\t192.0.2.1\n";
        assert_eq!(message.to_string(), expected);
    }
}
