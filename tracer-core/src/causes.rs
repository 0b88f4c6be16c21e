//! What is behind an error.
//!
//! ```
//! use std::error::Error;
//! use std::fmt;
//! use tracer_core::causes::Chain;
//!
//! #[derive(Debug)]
//! struct NoStock(std::num::ParseIntError);
//!
//! impl fmt::Display for NoStock {
//!     fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
//!         f.write_str("the stock is unknown")
//!     }
//! }
//!
//! impl Error for NoStock {
//!     fn source(&self) -> Option<&(dyn Error + 'static)> {
//!         Some(&self.0)
//!     }
//! }
//!
//! let error = NoStock("x".parse::<u8>().unwrap_err());
//! let text = Chain(&error).to_string();
//! assert_eq!(text, "the stock is unknown: invalid digit found in string");
//! ```

use std::error::Error;
use std::fmt;

use crate::guard::{guarded, printed};

/// An error and what is behind it, as text: many errors leave their sources to whoever prints them.
/// Others print their source themselves; it is not repeated.
#[derive(Clone, Copy, Debug)]
pub struct Chain<'e>(pub &'e (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Foreign texts: some panic, some fail, some have no end.
        let Some(mut said) = printed(&self.0) else {
            return Ok(());
        };
        f.write_str(&said)?;
        let mut begun = !said.is_empty();
        for error in links(self.0).skip(1) {
            let Some(text) = printed(&error) else { break };
            if !said.ends_with(&text) {
                let between = if begun { ": " } else { "" };
                write!(f, "{between}{text}")?;
                begun = true;
            }
            said = text;
        }
        Ok(())
    }
}

const MOST_LINKS: usize = 64;

/// An error and its causes, from one to the next; 64 at most, because an error may be its own cause. One that
/// panics when it is asked for its cause has none.
pub fn links<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| cause_of(*error)).take(MOST_LINKS)
}

fn cause_of<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    guarded(|| error.source()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Says(&'static str, Option<Box<Says>>);

    impl fmt::Display for Says {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl Error for Says {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            self.1.as_deref().map(|error| error as _)
        }
    }

    fn said(texts: &[&'static str]) -> String {
        let error = texts
            .iter()
            .rev()
            .fold(None, |behind, text| Some(Box::new(Says(text, behind))));
        Chain(&*error.unwrap()).to_string()
    }

    /// It would hang the request, or overflow its stack.
    #[test]
    fn an_error_that_is_its_own_cause_is_said_all_the_same() {
        struct Snake;

        impl fmt::Debug for Snake {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("Snake")
            }
        }

        impl fmt::Display for Snake {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bites")
            }
        }

        impl Error for Snake {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(self)
            }
        }

        assert_eq!(Chain(&Snake).to_string(), "bites");
    }

    #[test]
    fn a_chain_says_each_cause_once() {
        assert_eq!(said(&["no connection"]), "no connection");
        assert_eq!(said(&["a", "b", "c"]), "a: b: c");
        assert_eq!(said(&["gone", "gone", "pipe"]), "gone: pipe");
        assert_eq!(said(&["a: b", "b", "c"]), "a: b: c");
        assert_eq!(said(&["", "refused", "", "by us"]), "refused: by us");
    }

    /// Panics when it is asked for its cause, or for its text; or fails after it, or never ends it.
    #[derive(Debug)]
    enum Trap {
        Cause,
        Text,
        Fails,
        Endless,
        Before(Box<Trap>),
    }

    impl fmt::Display for Trap {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            match self {
                Self::Cause => f.write_str("trap"),
                Self::Text => panic!("no text"),
                Self::Fails => f.write_str("disk full").and(Err(fmt::Error)),
                Self::Endless => loop {
                    f.write_str("on and ")?;
                },
                Self::Before(_) => f.write_str("before"),
            }
        }
    }

    impl Error for Trap {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            match self {
                Self::Cause => panic!("no cause"),
                Self::Text | Self::Fails | Self::Endless => None,
                Self::Before(trap) => Some(&**trap),
            }
        }
    }

    #[test]
    fn what_cannot_be_had_of_a_chain_ends_it() {
        for (error, expected) in [
            (Trap::Text, ""),
            (Trap::Fails, "disk full"),
            (Trap::Cause, "trap"),
            (Trap::Before(Trap::Cause.into()), "before: trap"),
            (Trap::Before(Trap::Text.into()), "before"),
        ] {
            assert_eq!(Chain(&error).to_string(), expected);
        }
        for error in [Trap::Endless, Trap::Before(Trap::Endless.into())] {
            let text = Chain(&error).to_string();
            assert!(text.contains("on and on") && text.len() < 100_000);
        }
    }
}
