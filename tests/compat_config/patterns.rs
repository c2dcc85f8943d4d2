//! Regular expressions.

use super::{Check, loads, module, refused};

pub(crate) fn checks() -> Vec<Check> {
    let of = |name, pattern: &str| {
        loads(
            name,
            module("http", &format!("fail_if_body_matches_regexp: ['{}']", pattern.replace('\'', "''"))),
        )
    };
    let no = |name, pattern: &str| {
        let text =
            module("http", &format!("fail_if_body_matches_regexp: ['{}']", pattern.replace('\'', "''")));
        refused(
            name,
            text,
            &format!("\"Could not compile regular expression\" regexp=\"{pattern}\""),
            "fail_if_body_matches_regexp",
        )
    };
    vec![
        of("a_plain_text", "hello"),
        of("nothing", ""),
        of("a_plus_after_a_caret", "^+OK"),
        of("a_star_after_a_caret", "^*"),
        of("a_class", "[a-z&&[:alpha:]]"),
        of("a_class_with_a_bracket", "[]a]"),
        of("a_class_with_a_dash", "[a-]"),
        of("a_negated_class", "[^a-z\\d\\pL]"),
        of("an_open_brace", "a{"),
        of("a_brace_that_is_no_count", "a{,2}b{x}"),
        of("a_count", "a{2}b{2,}c{2,3}"),
        of("the_largest_count", "a{1000}"),
        of("a_quoted_text", "\\Q.+*\\E"),
        of("a_quoted_text_without_an_end", "\\Q.+*"),
        of("flags", "(?i)a(?s-i:.)(?U)b(?m:^c$)"),
        of("groups", "(a)(?:b)(?P<n>c)(?<m>d)"),
        of("as_little_as_possible", "a*?b+?c??d{2}?"),
        of("names_of_scripts", "\\p{Greek}\\P{Latin}\\pN\\p{^Lu}"),
        of("escapes", "\\t\\n\\r\\f\\v\\a\\x41\\x{1F600}\\101\\.\\-\\/"),
        of("boundaries", "\\A\\b\\B\\z"),
        of("an_empty_alternative", "a|"),
        of("an_empty_group", "()"),
        of("letters_of_other_scripts", "ä|β|🎉"),
        no("a_class_that_is_not_closed", ":["),
        no("a_group_that_is_not_closed", "(a"),
        no("a_group_that_is_not_opened", "a)"),
        no("a_star_with_nothing_before", "*a"),
        no("two_stars", "a**"),
        no("two_plusses", "a++"),
        no("a_count_after_a_count", "a{2}{3}"),
        no("a_count_that_is_too_large", "a{1001}"),
        no("counts_that_are_too_large_together", "(a{100}){100}"),
        no("a_count_backwards", "a{3,2}"),
        no("a_range_backwards", "[z-a]"),
        no("a_look_ahead", "a(?=b)"),
        no("a_look_behind", "(?<=a)b"),
        no("a_reference_back", "(a)\\1"),
        no("an_atomic_group", "(?>a)"),
        of("a_name_twice", "(?P<n>a)(?P<n>b)"),
        no("a_name_that_is_none", "(?P<1-2>a)"),
        no("an_escape_that_nobody_knows", "\\y"),
        no("a_capital_z", "a\\Z"),
        no("a_backslash_at_the_end", "a\\"),
        no("a_script_that_nobody_knows", "\\p{Nobody}"),
        no("a_flag_that_nobody_knows", "(?x)a"),
        no("a_number_that_is_no_letter", "\\x{110000}"),
        no("a_posix_class_that_nobody_knows", "[[:nobody:]]"),
    ]
}
