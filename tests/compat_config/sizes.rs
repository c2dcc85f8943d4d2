//! Sizes.

use super::{Check, loads, module, refused};

pub(crate) fn checks() -> Vec<Check> {
    let of = |name, size: &str| loads(name, module("http", &format!("body_size_limit: {size}")));
    let no = |name, size: &str, words: &str| {
        refused(name, module("http", &format!("body_size_limit: {size}")), words, "body_size_limit")
    };
    vec![
        of("bytes", "5B"),
        of("kilobytes", "5KB"),
        of("kibibytes", "5KiB"),
        of("megabytes", "10MB"),
        of("mebibytes", "10MiB"),
        of("gigabytes", "1GB"),
        of("terabytes", "1TiB"),
        of("petabytes", "1PB"),
        of("exbibytes", "1EiB"),
        of("several_units", "1MB512KB3B"),
        of("a_fraction", "1.5MB"),
        of("nothing", "0"),
        of("nothing_in_quotes", "'0'"),
        of("less_than_nothing", "-1B"),
        of("a_sign", "+5MB"),
        of("a_size_in_quotes", "'10MB'"),
        no("a_size_without_a_unit", "1024", "units: unknown unit  in 1024"),
        no("a_size_in_small_letters", "10mb", "units: unknown unit mb in 10mb"),
        no("a_small_k", "10kB", "units: unknown unit kB in 10kB"),
        no("a_unit_that_nobody_knows", "10XB", "units: unknown unit XB in 10XB"),
        no("both_kinds_of_units", "1MB1KiB", "units: unknown unit"),
        no("a_word", "big", "units: invalid big"),
        no("a_unit_alone", "MB", "units: invalid MB"),
        no("an_empty_size", "''", "units: invalid"),
        no("a_space_before_the_unit", "5 MB", "units: unknown unit"),
        no("a_list_of_sizes", "[5MB]", "cannot unmarshal !!seq into units.Base2Bytes"),
    ]
}
