//! Criterion benches of `probe`, one file a question.
