//! Makes `probe` start quickly: a one-shot check must cost no more than `ping`, and starting is most of it.
//!
//! The unwinder comes out of the compiler's static library, so that there is one shared library less to map, and the
//! program stays where the linker puts it, which saves thousands of relocations. Feature `pie` keeps the program movable
//! for those who want its code at random addresses and pay a tenth of a millisecond for it.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let target = env::var("TARGET").unwrap_or_default();
    let native = env::var("HOST").is_ok_and(|host| host == target);
    if !native || !target.ends_with("-linux-gnu") {
        return;
    }
    if let Some(folder) = folder_of_the_static_unwinder() {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:rustc-link-lib=static:-bundle=gcc_eh");
    }
    if env::var_os("CARGO_FEATURE_PIE").is_none() {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}

/// Where the C compiler keeps `libgcc_eh.a`, if it has it.
fn folder_of_the_static_unwinder() -> Option<String> {
    let output = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output().ok()?;
    let found = String::from_utf8(output.stdout).ok()?;
    let folder = Path::new(found.trim()).parent()?;
    folder.is_absolute().then(|| folder.display().to_string())
}
