//! Makes `probe-exporter` small in memory and quick to start.
//!
//! Tables that the libraries bring along hold two megabytes of pointers. The program stays where the linker puts it, so that
//! these pages are neither written nor read before somebody needs them. Feature `pie` keeps the program movable for those
//! who want its code at random addresses and pay two megabytes and two milliseconds for it.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let is_gnu_linux = env::var("TARGET").is_ok_and(|target| target.ends_with("-linux-gnu"));
    if is_gnu_linux && env::var_os("CARGO_FEATURE_PIE").is_none() {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
