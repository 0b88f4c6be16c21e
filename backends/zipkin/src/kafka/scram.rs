//! Proof of a password that does not travel (RFC 5802, RFC 7677), on the client's side and without channel
//! binding, which Kafka does not know.

use std::num::NonZeroU32;

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use ring::rand::{SecureRandom, SystemRandom};
use ring::{digest, hmac, pbkdf2};

/// What Kafka asks at least and usually, and so many that they take no more than a tenth of a second: nobody
/// looks at the deadline meanwhile.
const ITERATIONS: std::ops::RangeInclusive<u32> = 4_096..=100_000;
/// That there is no channel binding, in base64.
const NO_BINDING: &str = "c=biws";

/// The functions that a mechanism is named for.
#[derive(Clone, Copy)]
pub(super) struct Hash {
    digest: &'static digest::Algorithm,
    hmac: hmac::Algorithm,
    pbkdf2: pbkdf2::Algorithm,
}

impl Hash {
    pub(super) fn sha256() -> Self {
        Self {
            digest: &digest::SHA256,
            hmac: hmac::HMAC_SHA256,
            pbkdf2: pbkdf2::PBKDF2_HMAC_SHA256,
        }
    }

    pub(super) fn sha512() -> Self {
        Self {
            digest: &digest::SHA512,
            hmac: hmac::HMAC_SHA512,
            pbkdf2: pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }
}

/// What was said first.
pub(super) struct First {
    nonce: String,
    /// Without the header that says that there is no channel binding.
    bare: String,
}

impl First {
    /// `None` if the system has no random numbers.
    pub(super) fn new(user: &str) -> Option<Self> {
        let mut random = [0; 18];
        SystemRandom::new().fill(&mut random).ok()?;
        Some(Self::with(user, BASE64.encode(random)))
    }

    fn with(user: &str, nonce: String) -> Self {
        let user = user.replace('=', "=3D").replace(',', "=2C");
        let bare = format!("n={user},r={nonce}");
        Self { nonce, bare }
    }

    pub(super) fn message(&self) -> String {
        format!("n,,{}", self.bare)
    }

    /// What is said to the server's challenge; `None` if that makes no sense.
    pub(super) fn answer(&self, challenge: &str, password: &str, hash: Hash) -> Option<Last> {
        let mut parts = challenge.split(',');
        let nonce = parts.next()?.strip_prefix("r=")?;
        let salt = BASE64.decode(parts.next()?.strip_prefix("s=")?).ok()?;
        let iterations: u32 = parts.next()?.strip_prefix("i=")?.parse().ok()?;
        // Somebody else's answer, or one to somebody else.
        if !nonce.starts_with(&self.nonce) || nonce.len() == self.nonce.len() {
            return None;
        }
        let iterations = Some(iterations).filter(|count| ITERATIONS.contains(count))?;
        let mut salted = vec![0; hash.digest.output_len()];
        let count = NonZeroU32::new(iterations)?;
        pbkdf2::derive(hash.pbkdf2, count, &salt, password.as_bytes(), &mut salted);
        let salted = hmac::Key::new(hash.hmac, &salted);
        let client = hmac::sign(&salted, b"Client Key");
        let stored = digest::digest(hash.digest, client.as_ref());
        let server = hmac::sign(&salted, b"Server Key");
        let without_proof = format!("{NO_BINDING},r={nonce}");
        let said = format!("{},{challenge},{without_proof}", self.bare);
        let signed = hmac::sign(&hmac::Key::new(hash.hmac, stored.as_ref()), said.as_bytes());
        let both = client.as_ref().iter().zip(signed.as_ref());
        let proof: Vec<u8> = both.map(|(key, signature)| key ^ signature).collect();
        Some(Last {
            message: format!("{without_proof},p={}", BASE64.encode(proof)),
            server: hmac::Key::new(hash.hmac, server.as_ref()),
            said,
        })
    }
}

/// What is said last.
pub(super) struct Last {
    pub(super) message: String,
    server: hmac::Key,
    said: String,
}

impl Last {
    /// True if the server has shown that it knows the password too.
    pub(super) fn is_proved_by(&self, answer: &str) -> bool {
        let signature = answer.split(',').next().unwrap_or_default();
        let signature = signature.strip_prefix("v=").map(|text| BASE64.decode(text));
        let Some(Ok(signature)) = signature else {
            return false;
        };
        hmac::verify(&self.server, self.said.as_bytes(), &signature).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 7677, section 3.
    const NONCE: &str = "rOprNGfwEbeRWgbNEkqO";
    const CHALLENGE: &str = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
    const PROOF: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
    const VERIFIER: &str = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

    fn first() -> First {
        First::with("user", NONCE.to_owned())
    }

    #[test]
    fn the_exchange_of_the_standard() {
        assert_eq!(first().message(), format!("n,,n=user,r={NONCE}"));
        let last = first().answer(CHALLENGE, "pencil", Hash::sha256()).unwrap();
        assert_eq!(last.message, PROOF);
        assert!(last.is_proved_by(VERIFIER));
        for other in ["", "v=", "e=invalid-proof", "v=6rriTRBi23WpRR/wtup+mA=="] {
            assert!(!last.is_proved_by(other), "{other}");
        }
        let other = first()
            .answer(CHALLENGE, "pencils", Hash::sha256())
            .unwrap();
        assert_ne!(other.message, PROOF);
        assert!(!other.is_proved_by(VERIFIER));
    }

    #[test]
    fn challenges_of_others_and_nonsense_are_not_answered() {
        for challenge in [
            "",
            "e=other-error",
            "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=xOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO1,s=?,i=4096",
            "r=rOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=many",
            "r=rOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1",
            "r=rOprNGfwEbeRWgbNEkqO1,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=100001",
        ] {
            let answer = first().answer(challenge, "pencil", Hash::sha256());
            assert!(answer.is_none(), "{challenge}");
        }
    }

    #[test]
    fn names_are_written_so_that_they_end_where_they_end() {
        let first = First::with("a=b,c", "x".to_owned());
        assert_eq!(first.message(), "n,,n=a=3Db=2Cc,r=x");
        assert_ne!(
            First::new("a").unwrap().nonce,
            First::new("a").unwrap().nonce
        );
    }
}
