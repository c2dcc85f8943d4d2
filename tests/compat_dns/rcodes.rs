//! Response codes.

use probe_tests::compat::servers::dns::answering;

use super::{Case, NOTHING, counts, dns, full, two};

const WRONG: &[&str] = &["ERROR Rcode is not one of the valid rcodes"];
const UNKNOWN: &[&str] = &["ERROR Invalid rcode"];

pub(crate) fn cases() -> Vec<Case> {
    let of =
        |name, section: &str, code| dns(name, section, answering(two().rcode(code))).with(&counts(2, 0, 0));
    let listed = |name, list: &str, code| of(name, &format!("valid_rcodes: [{list}]"), code);
    let mut cases = vec![
        of("success", "", 0),
        of("an_error_is_no_success", "", 2).fails(NOTHING).says(WRONG),
        of("a_name_that_does_not_exist_is_no_success", "", 3).fails(NOTHING).says(WRONG),
        of("a_refusal_is_no_success", "", 5).fails(NOTHING).says(WRONG),
        listed("success_is_not_listed", "SERVFAIL, NXDOMAIN", 0).fails(NOTHING).says(WRONG),
        listed("the_second_of_a_list", "SERVFAIL, NXDOMAIN", 3),
        listed("success_or_nothing", "NOERROR, NXDOMAIN", 0),
        listed("an_empty_list_means_nothing", "", 0).fails(NOTHING).says(WRONG),
        of("a_list_without_a_value_is_none", "valid_rcodes: ", 0),
        listed("an_unknown_name", "NOBODY", 0).fails(NOTHING).says(UNKNOWN),
        listed("an_unknown_name_behind_the_right_one", "NOERROR, NOBODY", 0).fails(NOTHING).says(UNKNOWN),
        listed("a_name_in_small_letters", "noerror", 0).fails(NOTHING).says(UNKNOWN),
        listed("a_number_is_no_name", "0", 0).fails(NOTHING).says(UNKNOWN),
        listed("a_name_that_nobody_knows", "BADVERS", 0).fails(NOTHING).says(UNKNOWN),
        dns("a_code_that_has_no_name", "", answering(two().rcode(12)))
            .with(&counts(2, 0, 0))
            .fails(NOTHING)
            .says(WRONG),
        dns(
            "rules_do_not_matter_for_a_wrong_code",
            "validate_answer_rrs: {fail_if_matches_regexp: ['.']}",
            answering(full().rcode(3)),
        )
        .with(&counts(1, 2, 3))
        .fails(NOTHING)
        .says(WRONG),
        dns(
            "rules_matter_for_a_code_that_is_listed",
            "valid_rcodes: [NXDOMAIN], validate_answer_rrs: {fail_if_matches_regexp: ['.']}",
            answering(full().rcode(3)),
        )
        .with(&counts(1, 2, 3))
        .fails(NOTHING)
        .says(&["ERROR At least one RR matched regexp", "ERROR Answer RRs validation failed"]),
    ];
    let named = [
        ("noerror", "NOERROR", 0),
        ("formerr", "FORMERR", 1),
        ("servfail", "SERVFAIL", 2),
        ("nxdomain", "NXDOMAIN", 3),
        ("notimp", "NOTIMP", 4),
        ("notimpl", "NOTIMPL", 4),
        ("refused", "REFUSED", 5),
        ("yxdomain", "YXDOMAIN", 6),
        ("yxrrset", "YXRRSET", 7),
        ("nxrrset", "NXRRSET", 8),
        ("notauth", "NOTAUTH", 9),
        ("notzone", "NOTZONE", 10),
        ("dsotypeni", "DSOTYPENI", 11),
    ];
    cases.extend(named.map(|(name, word, code)| listed(name, word, code)));
    cases
}
