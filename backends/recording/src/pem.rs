//! What can be wrong with a file in PEM form (RFC 7468).

use std::fmt;
use std::path::Path;

use crate::shown::shown_path;

/// Reads on behind the name of a file (or of folders). Holds nothing of what is in it: that may be a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "each half knows other problems")]
pub(crate) enum Problem {
    Read(String),
    NoCertificate,
    Pem(&'static str),
    Certificate { number: usize, why: String },
    FirstVersion,
    NoKey,
    Encrypted,
    Key(String),
    Stranger,
    Feature,
    In(String, Box<Self>),
}

impl Problem {
    /// The same with the name of what it is about, of which there are several.
    pub(crate) fn of(self, path: &Path) -> Self {
        Self::In(
            shown_path(&path.to_string_lossy()).to_owned(),
            Box::new(self),
        )
    }
}

/// The text of a file.
pub(crate) fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, Problem> {
    std::fs::read(path).map_err(|error| Problem::Read(error.to_string()))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(why) => write!(f, "cannot be read: {why}"),
            Self::NoCertificate => f.write_str("holds no certificate in PEM form"),
            Self::Pem(why) => write!(f, "is damaged: {why}"),
            Self::Certificate { number, why } => {
                write!(f, "certificate {number} in it is damaged: {why}")
            }
            Self::FirstVersion => f.write_str(
                "certificate 1 in it is of X.509 version 1; expected version 3, which has extensions \
                 (`openssl x509 -req` makes it with `-extfile`)",
            ),
            Self::NoKey => f.write_str(
                "holds no private key in PEM form (PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)",
            ),
            Self::Encrypted => f.write_str(
                "holds a private key that is encrypted; expected one without a passphrase",
            ),
            Self::Key(why) => write!(f, "the private key in it cannot be used: {why}"),
            Self::Stranger => f.write_str("the private key in it is not that of the certificate"),
            Self::In(path, problem) => write!(f, "{path:?}: {problem}"),
            Self::Feature => f.write_str("needs the feature `tls` of tracer-recording"),
        }
    }
}

#[cfg(feature = "tls")]
impl From<rustls::pki_types::pem::Error> for Problem {
    fn from(error: rustls::pki_types::pem::Error) -> Self {
        use rustls::pki_types::pem::Error;

        Self::Pem(match error {
            Error::MissingSectionEnd { .. } => "a section has no end",
            Error::IllegalSectionStart { .. } => "a section's first line is none",
            Error::Base64Decode(_) => "a section is not base64",
            _ => "not PEM",
        })
    }
}
