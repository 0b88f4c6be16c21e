use super::InvalidIdentity;
use crate::pem::Problem;

pub(super) fn check(_: &[Vec<u8>], _: &[u8]) -> Result<(), InvalidIdentity> {
    Err(InvalidIdentity::certificate(Problem::Feature))
}

#[cfg(test)]
mod tests {
    use crate::Identity;

    #[test]
    fn what_is_missing_is_named() {
        let error = Identity::from_pem(b"", b"").unwrap_err();
        assert!(error.to_string().contains("feature `tls`"), "{error}");
    }
}
