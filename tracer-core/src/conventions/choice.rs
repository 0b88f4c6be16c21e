//! Which names are wanted.

use std::fmt;
use std::str::FromStr;

use super::table::Group;

/// Under which names facts are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Convention {
    /// OpenTracing's, as layers write them.
    #[default]
    OpenTracing,
    /// Those of the stable semantic conventions.
    Otel,
    /// Both, for the time of a change-over.
    Both,
}

impl Convention {
    /// True if OpenTracing's names are wanted.
    pub const fn keeps_open_tracing(self) -> bool {
        matches!(self, Self::OpenTracing | Self::Both)
    }

    /// True if the stable names are wanted.
    pub const fn writes_otel(self) -> bool {
        matches!(self, Self::Otel | Self::Both)
    }
}

impl FromStr for Convention {
    type Err = UnknownConvention;

    /// Reads `opentracing`, `otel` or `both`, in any case.
    fn from_str(text: &str) -> Result<Self, UnknownConvention> {
        [
            ("opentracing", Self::OpenTracing),
            ("otel", Self::Otel),
            ("both", Self::Both),
        ]
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(text.trim()))
        .map(|(_, convention)| convention)
        .ok_or_else(|| UnknownConvention(text.into()))
    }
}

/// The text names no convention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownConvention(Box<str>);

impl fmt::Display for UnknownConvention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is none of opentracing, otel, both", self.0)
    }
}

impl std::error::Error for UnknownConvention {}

/// The choice for each group of names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Conventions {
    /// `http.*`, `url.*`.
    pub http: Convention,
    /// `rpc.*`, `grpc.*`.
    pub rpc: Convention,
    /// `db.*`.
    pub database: Convention,
}

impl Conventions {
    /// The same for every group.
    pub const fn all(convention: Convention) -> Self {
        Self {
            http: convention,
            rpc: convention,
            database: convention,
        }
    }

    /// Reads a value of `OTEL_SEMCONV_STABILITY_OPT_IN`: a comma-separated list of `http`, `rpc` and
    /// `database`, each with `/dup` for both names, in any case (as all names among the values of
    /// OpenTelemetry's variables). `/dup` wins over the plain form; what is unknown is for somebody
    /// else.
    pub fn from_opt_in(value: &str) -> Self {
        let mut chosen = Self::default();
        for item in value.split(',') {
            let item = item.trim().to_ascii_lowercase();
            let (group, convention) = match item.split_once('/') {
                None => (&*item, Convention::Otel),
                Some((group, "dup")) => (group, Convention::Both),
                Some(_) => continue,
            };
            let slot = match group {
                "http" => &mut chosen.http,
                "rpc" => &mut chosen.rpc,
                "database" => &mut chosen.database,
                _ => continue,
            };
            if *slot != Convention::Both {
                *slot = convention;
            }
        }
        chosen
    }

    /// The choice for a group. Names that no group can choose are OpenTracing's.
    pub const fn of(&self, group: Group) -> Convention {
        match group {
            Group::Http => self.http,
            Group::Rpc => self.rpc,
            Group::Database => self.database,
            Group::General | Group::Messaging => Convention::OpenTracing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_is_a_list() {
        let opt_in = |value| {
            let chosen = Conventions::from_opt_in(value);
            (chosen.http, chosen.rpc, chosen.database)
        };
        use Convention::{Both, OpenTracing, Otel};
        assert_eq!(opt_in(""), (OpenTracing, OpenTracing, OpenTracing));
        assert_eq!(opt_in("http"), (Otel, OpenTracing, OpenTracing));
        assert_eq!(
            opt_in(" http/dup , database,gen_ai"),
            (Both, OpenTracing, Otel)
        );
        assert_eq!(opt_in("rpc/dup,rpc"), (OpenTracing, Both, OpenTracing));
        assert_eq!(opt_in("rpc,rpc/dup"), (OpenTracing, Both, OpenTracing));
        assert_eq!(opt_in("HTTP,Rpc/Dup"), (Otel, Both, OpenTracing));
        assert_eq!(
            opt_in("http/other,https"),
            (OpenTracing, OpenTracing, OpenTracing)
        );
    }

    #[test]
    fn conventions_have_names() {
        assert_eq!("OTel".parse(), Ok(Convention::Otel));
        assert_eq!("both".parse(), Ok(Convention::Both));
        assert_eq!("opentracing".parse(), Ok(Convention::OpenTracing));
        assert!("".parse::<Convention>().is_err());
        assert!(Convention::Both.keeps_open_tracing() && Convention::Both.writes_otel());
    }
}
