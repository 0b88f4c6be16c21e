//! Authorities that stand in folders, a file each or several.

use std::io;
use std::path::{Path, PathBuf};

use super::{Authorities, InvalidAuthorities, certificates};
use crate::pem::{self, Problem};

impl Authorities {
    /// Those of all files in these folders that hold certificates in PEM form: what `SSL_CERT_DIR` names. As
    /// on a search path, a folder need not be there; links to nowhere, folders in it and files without a
    /// certificate are passed over.
    ///
    /// # Errors
    ///
    /// [`InvalidAuthorities`] if a folder or a file in it cannot be read, if a certificate is damaged, if
    /// there is [none](InvalidAuthorities::is_none), and always without the feature `tls`.
    pub fn from_folders<P: AsRef<Path>>(
        folders: impl IntoIterator<Item = P>,
    ) -> Result<Self, InvalidAuthorities> {
        let mut found = Found::default();
        for folder in folders {
            let folder = folder.as_ref();
            let files = files(folder).map_err(|error| Problem::Read(error.to_string()));
            for file in files.map_err(|problem| problem.of(folder))? {
                found.read(&file).map_err(|problem| problem.of(&file))?;
            }
        }
        match found.certificates.is_empty() {
            true => Err(Problem::NoCertificate.into()),
            false => Ok(Self {
                pem: found.pem.into(),
                certificates: found.certificates.into(),
            }),
        }
    }

    /// These, and others beside them.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        let certificates = self.certificates.iter().chain(&*others.certificates);
        Self {
            pem: [&self.pem, &b"\n"[..], &others.pem].concat().into(),
            certificates: certificates.cloned().collect(),
        }
    }
}

/// What was read so far.
#[derive(Default)]
struct Found {
    pem: Vec<u8>,
    certificates: Vec<Vec<u8>>,
}

impl Found {
    fn read(&mut self, file: &Path) -> Result<(), Problem> {
        let text = pem::read(file)?;
        let mut more = match certificates(&text) {
            Err(Problem::NoCertificate) => return Ok(()),
            read => read?,
        };
        // The usual folder holds each certificate once more under a name by which it is found.
        more.retain(|certificate| !self.certificates.contains(certificate));
        if !more.is_empty() {
            self.pem.extend(text);
            self.pem.push(b'\n');
            self.certificates.extend(more);
        }
        Ok(())
    }
}

/// In the order of their names.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match folder.read_dir() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let paths = entries.map(|entry| Ok(entry?.path()));
    let mut paths = paths.collect::<io::Result<Vec<_>>>()?;
    // Behind the link, if it is one.
    paths.retain(|path| path.is_file());
    paths.sort();
    Ok(paths)
}
