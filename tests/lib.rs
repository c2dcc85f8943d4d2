//! Behaviour across crates; every test is a file of its own beside this one.
