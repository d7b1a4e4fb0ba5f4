//! Files made from the source: `UPDATE_GOLDEN=1 cargo test -p api golden` renews them.

use std::path::Path;

use crate::http::{catalogue, document};

fn check(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "api/{name} is not what the source says; renew it by UPDATE_GOLDEN=1 cargo test -p api golden"
    );
}

#[test]
fn problems_md_is_golden() {
    check("PROBLEMS.md", &catalogue::markdown());
}

#[test]
fn openapi_json_is_golden() {
    check("openapi.json", &format!("{}\n", serde_json::to_string_pretty(&document()).unwrap()));
}

/// A code that the catalogue does not have would be answered as a failure of the service.
#[test]
fn every_code_used_is_in_the_catalogue() {
    let mut unknown = Vec::new();
    visit(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut |text| {
        for marker in ["Problem::new(\"", "code: \""] {
            for rest in text.split(marker).skip(1) {
                let code = rest.split('"').next().unwrap_or_default();
                if catalogue::find(code).is_none() {
                    unknown.push(code.to_owned());
                }
            }
        }
    });
    assert!(unknown.is_empty(), "{unknown:?}");
}

fn visit(folder: &Path, each: &mut impl FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("tests") {
            visit(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&std::fs::read_to_string(&path).unwrap());
        }
    }
}
