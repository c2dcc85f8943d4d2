//! What probe-core brings into an embedder's build stays small.

use std::process::Command;

/// Direct dependencies of the smallest useful build: ICMP alone.
const MOST_DIRECT_DEPENDENCIES: usize = 10;

#[test]
fn the_smallest_build_has_few_direct_dependencies() {
    let listed = tree(&["-p", "probe-core", "--no-default-features", "--features", "icmp", "--depth", "1"]);
    let direct: Vec<&String> = listed.iter().filter(|name| *name != "probe-core").collect();
    assert!(direct.iter().any(|name| *name == "tokio"), "cargo tree listed no dependencies: {direct:?}");
    assert!(
        direct.len() <= MOST_DIRECT_DEPENDENCIES,
        "{} direct dependencies, at most {MOST_DIRECT_DEPENDENCIES}: {direct:?}",
        direct.len(),
    );
}

#[test]
fn no_second_cryptography_library_is_built() {
    let listed = tree(&["--workspace", "--all-features"]);
    assert!(listed.len() > 50, "cargo tree listed too little: {listed:?}");
    assert!(!listed.iter().any(|name| name == "ring"), "ring is in the tree; see `cargo tree -i ring`");
}

/// The names of the packages in a tree of normal dependencies.
fn tree(selection: &[&str]) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "-e", "normal", "--prefix", "none"])
        .args(selection)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "cargo tree failed: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("cargo prints text");
    text.lines().filter_map(|line| line.split_whitespace().next()).map(Into::into).collect()
}
