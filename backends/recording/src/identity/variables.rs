//! The identity that variables name.

use super::{Identity, InvalidIdentity};
use crate::shown::shown_path;

/// A variable whose value is no file of an identity. For the crates beside this one.
#[doc(hidden)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrongVariable {
    pub name: &'static str,
    pub path: String,
    pub why: String,
}

/// What a variable says, beside the name of the variable that must be set with it.
struct Named {
    name: &'static str,
    path: String,
    beside: &'static str,
}

impl Identity {
    /// That of the files whose paths stand in two variables: `certificate` and `key` are the names of
    /// each, the one that wins first, as many of the one as of the other. None if neither is set.
    ///
    /// # Errors
    ///
    /// [`WrongVariable`] if only one of the two is set, and as [`from_files`](Self::from_files).
    #[doc(hidden)]
    pub fn from_variables(
        certificate: &[&'static str],
        key: &[&'static str],
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Option<Self>, WrongVariable> {
        let find = |names: &[&'static str], others: &[&'static str]| {
            let mut names = names.iter().zip(others);
            names.find_map(|(&name, &beside)| {
                let path = get(name)?;
                Some(Named { name, path, beside })
            })
        };
        match (find(certificate, key), find(key, certificate)) {
            (Some(certificate), Some(key)) => {
                let read = Self::from_files(&certificate.path, &key.path);
                read.map(Some).map_err(|error| match error.is_key() {
                    true => key.wrong(&error),
                    false => certificate.wrong(&error),
                })
            }
            (Some(alone), None) | (None, Some(alone)) => Err(alone.alone()),
            (None, None) => Ok(None),
        }
    }
}

impl Named {
    fn wrong(self, error: &InvalidIdentity) -> WrongVariable {
        self.because(error.problem.to_string())
    }

    fn alone(self) -> WrongVariable {
        let why = format!("needs {} beside it", self.beside);
        self.because(why)
    }

    fn because(self, why: String) -> WrongVariable {
        let (name, path) = (self.name, shown_path(&self.path).to_owned());
        WrongVariable { name, path, why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: [&str; 2] = ["OWN_CERTIFICATE", "CERTIFICATE"];
    const KEY: [&str; 2] = ["OWN_KEY", "KEY"];

    fn read(set: &[(&str, &str)]) -> Result<Option<Identity>, WrongVariable> {
        Identity::from_variables(&CERTIFICATE, &KEY, |name| {
            let found = set.iter().find(|(set, _)| *set == name);
            found.map(|(_, path)| (*path).to_owned())
        })
    }

    #[test]
    fn nothing_set_is_nobody() {
        assert!(read(&[]).unwrap().is_none());
    }

    #[test]
    fn one_needs_the_other() {
        for (set, other) in [
            ("OWN_CERTIFICATE", "OWN_KEY"),
            ("CERTIFICATE", "KEY"),
            ("OWN_KEY", "OWN_CERTIFICATE"),
            ("KEY", "CERTIFICATE"),
        ] {
            let error = read(&[(set, "/a.pem")]).unwrap_err();
            assert_eq!((error.name, &*error.path), (set, "/a.pem"));
            assert_eq!(error.why, format!("needs {other} beside it"));
        }
    }

    #[test]
    fn a_key_in_the_place_of_its_path_is_not_repeated() {
        let framed = "-----BEGIN PRIVATE KEY-----\nMIIsecret\n-----END PRIVATE KEY-----";
        let bare = "MIIsecret/".repeat(30);
        let line = "MIIsecretM".repeat(7);
        for value in [
            framed,
            "MIIsecret\nMIIsecret",
            "MC4CAQsecret=",
            &bare,
            &format!("/{bare}"),
            &format!("{line}\\n{line}"),
            "base64:MC4CAQ/secret=",
            "data:application/pem;base64,MC4CAQ/secret=",
            // Whole keys, whose base64 has slashes.
            r"MC4CAQAwBQYDK2VwBCIEIMy8K7/uUylg0m1cvG7KNjAmxIhqvBGWSvLdGOeYXzAE\n",
            r"MHcCAQEEIMXNBvOBuLv20ywcnivemkV8x32/rk+JHsWSiNT1W0gaoAoGCCqGSM49\nAwEHoUQDQgAEUz5bObAagvhY5/rgAVl4Ag65a9mxRaFIWr5hF0car4RsXkNsgVMZ\nlDm2V+BFEqK8E7p3/Ub75TbAiR0CYS2GJQ==",
            r"MC4CAQAwBQYDK2VwBCIEIMy8K7\/uUylg0m1cvG7KNjAmxIhqvBGWSvLdGOeYXzAE",
            r#"{"kty":"OKP","d":"secret.","use":"sig"}"#,
        ] {
            let lone = read(&[("KEY", value)]).unwrap_err();
            assert_eq!(
                (&*lone.path, &*lone.why),
                ("…", "needs CERTIFICATE beside it")
            );
            let both = read(&[("KEY", value), ("CERTIFICATE", value)]).unwrap_err();
            assert_eq!(both.path, "…");
            assert!(both.why.starts_with("cannot be read"), "{}", both.why);
        }
        // What is there is a path; tests run in the folder of their crate.
        for path in [
            "src",
            "/a",
            "keys/client.pem",
            "C:\\key",
            "D:/key",
            "..\\key",
        ] {
            assert_eq!(read(&[("KEY", path)]).unwrap_err().path, path);
        }
    }

    #[test]
    fn the_one_that_wins_is_the_one_that_is_wrong() {
        let missing = "/no/such/file.pem";
        for (certificate, key) in [
            ("OWN_CERTIFICATE", "OWN_KEY"),
            ("OWN_CERTIFICATE", "KEY"),
            ("CERTIFICATE", "OWN_KEY"),
        ] {
            let mut set = vec![(certificate, missing), (key, missing)];
            set.extend([("CERTIFICATE", "/other"), ("KEY", "/other")]);
            let error = read(&set).unwrap_err();
            assert_eq!((error.name, &*error.path), (certificate, missing));
            assert!(error.why.starts_with("cannot be read: "), "{}", error.why);
            set[0].1 = env!("CARGO_MANIFEST_DIR");
            assert_eq!(read(&set).unwrap_err().name, certificate);
        }
    }
}
