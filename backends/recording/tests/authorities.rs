//! Authorities in folders.
#![cfg(feature = "tls")]

use std::fs;
use std::path::{Path, PathBuf};

use tracer_recording::Authorities;

const PEM: &str = include_str!("../src/authorities/authority.pem");

/// An empty folder of the test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("authorities-{name}"));
    // It is there if an earlier run was cut off.
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn error(folders: &[&Path]) -> String {
    Authorities::from_folders(folders).unwrap_err().to_string()
}

#[test]
fn every_certificate_counts_once_and_what_is_none_is_passed_over() {
    let (one, missing) = (folder("one"), folder("one").join("missing"));
    fs::write(one.join("b.pem"), PEM).unwrap();
    fs::write(one.join("a.pem"), format!("# ours\n{PEM}")).unwrap();
    fs::write(one.join("README"), "no certificate").unwrap();
    fs::write(one.join("store.der"), [0xff, 0x00, 0x80]).unwrap();
    fs::create_dir(one.join("c.pem")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("nowhere", one.join("f5cf60d2.0")).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("b.pem", one.join("f5cf60d2.1")).unwrap();
    let found = Authorities::from_folders([&one, &missing]).unwrap();
    let alone = Authorities::from_pem(PEM.as_bytes()).unwrap();
    assert!(found.der().eq(alone.der()));
    let pem = String::from_utf8(found.pem().to_vec()).unwrap();
    assert!(pem.starts_with("# ours\n"), "in the order of names: {pem}");
    // What others are told is what is trusted here.
    let again = Authorities::from_pem(found.pem()).unwrap();
    assert!(again.der().eq(found.der()));
    fs::remove_dir_all(one).unwrap();
}

#[test]
fn no_certificate_anywhere_is_an_error() {
    let empty = folder("empty");
    let missing = empty.join("missing");
    for folders in [&[][..], &[&*empty], &[&*missing, &*empty]] {
        assert_eq!(error(folders), "holds no certificate in PEM form");
        assert!(Authorities::from_folders(folders).unwrap_err().is_none());
    }
    fs::remove_dir_all(empty).unwrap();
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let folder = folder("damaged");
    fs::write(folder.join("a.pem"), PEM).unwrap();
    let (odd, file) = (folder.join("b.pem"), folder.join("a.pem"));
    fs::write(&odd, PEM.replace("MII", "M?I")).unwrap();
    let expected = format!("{odd:?}: is damaged: a section is not base64");
    assert_eq!(error(&[&folder]), expected);
    let said = error(&[&file]);
    assert!(
        said.starts_with(&format!("{file:?}: cannot be read: ")),
        "{said}"
    );
    assert!(!Authorities::from_folders([&folder]).unwrap_err().is_none());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn authorities_stand_beside_others() {
    let one = Authorities::from_pem(PEM.trim_end().as_bytes()).unwrap();
    let two = one.and(&one);
    assert_eq!(two.der().count(), 2);
    assert!(
        Authorities::from_pem(two.pem())
            .unwrap()
            .der()
            .eq(two.der())
    );
}
