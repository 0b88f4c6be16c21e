use crate::pem::Problem;

pub(crate) fn certificates(_: &[u8]) -> Result<Vec<Vec<u8>>, Problem> {
    Err(Problem::Feature)
}

#[cfg(test)]
mod tests {
    use crate::Authorities;

    #[test]
    fn what_is_missing_is_named() {
        let error = Authorities::from_pem(b"").unwrap_err();
        assert!(error.to_string().contains("feature `tls`"), "{error}");
    }
}
