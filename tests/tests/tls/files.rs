//! Files that are gone after the test.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct PemFile(PathBuf);

/// A folder of files, by name and text.
pub(crate) struct Folder(PathBuf);

/// A path that nobody uses.
fn free(end: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("authorities-{}-{number}{end}", std::process::id());
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

impl PemFile {
    pub(crate) fn new(text: &str) -> Self {
        let path = free(".pem");
        fs::write(&path, text).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for PemFile {
    fn drop(&mut self) {
        // What stays is in the build's own folder.
        let _ = fs::remove_file(&self.0);
    }
}

impl Folder {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let path = free("");
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // As above.
        let _ = fs::remove_dir_all(&self.0);
    }
}
