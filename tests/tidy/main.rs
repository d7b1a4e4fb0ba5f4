//! Layering: who may import whom, held as data and checked against the source.
//!
//! Add a module to the table when you add it to the tree; the tests name the file and line of every edge that is not
//! allowed. ARCHITECTURE.md explains the order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules of `engine`, lowest layer first. A module may import those on the lines above its own, and nothing else.
const ENGINE_LAYERS: &[&[&str]] = &[
    &["units", "index", "ids", "fault"],
    &["calendar", "search"],
    &["lp", "packing", "picking", "routing"],
    &["model"],
    &["rating"],
    &["network"],
    &["roads"],
    &["stock"],
    &["promise"],
    &["board"],
    &["fulfilment"],
    &["shipping", "sourcing"],
    &["quote", "assign", "wave", "dispatch", "returns"],
    &["explain"],
    &["check", "cost_to_serve"],
    &["peak"],
];

/// Beyond the order: what a kernel or verifier must not know although it lies below.
const ENGINE_FORBIDDEN: &[(&str, &str)] =
    &[("lp", "ids"), ("packing", "ids"), ("picking", "ids"), ("routing", "ids"), ("search", "ids")];

/// Modules of `api`, innermost first.
const API_LAYERS: &[&[&str]] = &[
    &["clock", "config", "formats", "data", "store"],
    &["roads"],
    &["app"],
    &["auth", "telemetry", "overload", "jobs"],
    &["live"],
    &["http"],
    &["web"],
    &["cli"],
];

/// `api` edges forbidden although the order would allow them.
const API_FORBIDDEN: &[(&str, &str)] = &[("http", "store"), ("web", "store")];

/// What no file of `engine` may name, and the one file that may.
const ENGINE_IMPURE: &[(&str, &str)] = &[
    ("tokio::", ""),
    ("axum::", ""),
    ("rusqlite", ""),
    ("std::env", ""),
    ("std::fs", ""),
    ("std::net", ""),
    ("std::process", ""),
    ("SystemTime", ""),
    ("Timestamp::now", ""),
    ("Zoned::now", ""),
    ("std::time::Instant", "search/budget.rs"),
    ("cpu_time", "search/budget.rs"),
];

#[test]
fn engine_imports_point_down() {
    check_layers("engine", ENGINE_LAYERS, ENGINE_FORBIDDEN);
}

#[test]
fn api_imports_point_inwards() {
    check_layers("api", API_LAYERS, API_FORBIDDEN);
}

#[test]
fn engine_is_pure() {
    let mut found = Vec::new();
    for (file, text) in sources(&root().join("engine/src")) {
        for &(token, home) in ENGINE_IMPURE {
            let at_home = !home.is_empty() && file.ends_with(home);
            for (line, _) in code_lines(&text).filter(|(_, code)| !at_home && code.contains(token)) {
                found.push(format!("{}:{line}: `{token}`", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "the engine must stay pure:\n{}", found.join("\n"));
}

#[test]
fn use_cases_know_no_http_and_no_sql() {
    let mut found = Vec::new();
    for (file, text) in sources(&root().join("api/src/app")) {
        for (line, code) in code_lines(&text) {
            if ["axum::", "rusqlite", "utoipa"].iter().any(|token| code.contains(token)) {
                found.push(format!("{}:{line}: {code}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "use cases name HTTP or SQL:\n{}", found.join("\n"));
}

#[test]
fn verifiers_never_call_a_solver() {
    let mut found = Vec::new();
    for (file, text) in sources(&root().join("engine/src/check")) {
        let shipped = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (line, code) in code_lines(shipped) {
            if code.contains("solve(") || code.contains("::solve") {
                found.push(format!("{}:{line}: {code}", file.display()));
            }
        }
    }
    assert!(found.is_empty(), "a verifier calls a solver:\n{}", found.join("\n"));
}

#[test]
fn every_source_file_says_what_it_is() {
    let folders = ["engine", "api", "benches", "tests"];
    let silent: Vec<_> = folders
        .iter()
        .flat_map(|folder| sources(&root().join(folder)))
        .filter(|(_, text)| !text.trim_start().starts_with("//!"))
        .map(|(file, _)| file.display().to_string())
        .collect();
    assert!(silent.is_empty(), "these files do not open with a `//!` doc: {silent:?}");
}

#[test]
fn the_top_level_is_fixed() {
    let allowed: BTreeSet<&str> = [
        "Cargo.toml",
        "Cargo.lock",
        "engine",
        "api",
        "data",
        "benches",
        "tests",
        "README.md",
        "LICENSE",
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "rust-toolchain.toml",
        "rustfmt.toml",
    ]
    .into();
    // What belongs to the project, not what somebody's runs left beside it.
    let tracked = std::process::Command::new("git").arg("ls-files").current_dir(root()).output();
    let Some(tracked) = tracked.ok().filter(|output| output.status.success()) else { return };
    let tracked = String::from_utf8(tracked.stdout).expect("names in UTF-8");
    let tops: BTreeSet<&str> = tracked.lines().filter_map(|path| path.split('/').next()).collect();
    assert!(tops.contains("Cargo.toml"), "git lists the project: {tops:?}");
    let strangers: Vec<_> = tops.iter().filter(|name| !name.starts_with('.') && !allowed.contains(*name)).collect();
    assert!(strangers.is_empty(), "the top level is fixed, but there is {strangers:?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace exists")
}

/// Every Rust file below `folder` with its text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a source folder can be listed").flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                found.push((path.clone(), fs::read_to_string(&path).expect("a source file can be read")));
            }
        }
    }
    found.sort();
    found
}

/// Numbered lines without comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(n, line)| (n + 1, line.split("//").next().unwrap_or_default().trim()))
        .filter(|(_, code)| !code.is_empty())
}

/// The module of the crate that a file belongs to: its folder or its own name below `src`.
fn module_of(file: &Path, src: &Path) -> Option<String> {
    let below = file.strip_prefix(src).ok()?;
    let first = below.components().next()?.as_os_str().to_str()?;
    Some(first.trim_end_matches(".rs").to_owned())
}

/// Names that follow `crate::` on a line; `use crate::{a, b}` gives both.
fn crate_imports(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if at > 0 && code.as_bytes()[at - 1] == b'$' {
            continue;
        }
        let list =
            rest.strip_prefix('{').map(|inner| inner.split(',').collect::<Vec<_>>()).unwrap_or_else(|| vec![rest]);
        for item in list {
            let name: String = item.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                names.push(name);
            }
        }
    }
    names
}

fn check_layers(member: &str, layers: &[&[&str]], forbidden: &[(&str, &str)]) {
    let rank: BTreeMap<&str, usize> =
        layers.iter().enumerate().flat_map(|(rank, names)| names.iter().map(move |&name| (name, rank))).collect();
    let src = root().join(member).join("src");
    let mut found = Vec::new();
    for (file, text) in sources(&src) {
        let Some(module) = module_of(&file, &src).filter(|m| m != "lib" && m != "main") else { continue };
        let Some(&own) = rank.get(module.as_str()) else {
            found.push(format!("{}: module `{module}` stands in no layer: add it to the table", file.display()));
            continue;
        };
        // Tests may look upwards: a solver's tests call its verifier.
        if file.ends_with("tests.rs")
            || file.ends_with("fixtures.rs")
            || file.components().any(|part| part.as_os_str() == "tests")
        {
            continue;
        }
        let shipped = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (line, code) in code_lines(shipped) {
            for import in crate_imports(code).iter().filter(|import| **import != module) {
                let below = rank.get(import.as_str()).is_none_or(|&theirs| theirs < own);
                if !below || forbidden.contains(&(module.as_str(), import.as_str())) {
                    found.push(format!("{}:{line}: `{module}` must not import `{import}`", file.display()));
                }
            }
        }
    }
    assert!(found.is_empty(), "forbidden edges in {member}:\n{}", found.join("\n"));
}
