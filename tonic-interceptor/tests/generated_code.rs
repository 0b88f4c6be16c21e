//! The committed code of `tests/generated` is what the generators make of `tests/proto`.
//!
//! `BLESS=1 cargo test -p tracer-tonic --test generated_code` writes it anew.

use std::path::Path;

const FILE: &str = "test.calls.rs";

#[test]
fn it_is_current() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let proto = tests.join("proto");
    let committed = tests.join("generated").join(FILE);
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generated");
    std::fs::create_dir_all(&out).unwrap();
    let set = protox::compile([proto.join("calls.proto")], [proto]).unwrap();
    tonic_prost_build::configure()
        .out_dir(&out)
        .compile_fds(set)
        .unwrap();
    let generated = std::fs::read_to_string(out.join(FILE)).unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&committed, &generated).unwrap();
    }
    assert!(
        std::fs::read_to_string(committed).unwrap() == generated,
        "tests/generated is not what the generators make of tests/proto"
    );
}
