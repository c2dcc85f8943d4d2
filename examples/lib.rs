//! Small programs that use `probe-core`; see `examples/`.
