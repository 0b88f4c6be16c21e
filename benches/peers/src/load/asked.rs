//! What is asked of the generator, and what it answers: a line each.

use std::str::FromStr;

use tracer_benches::case::{Case, Wire};

/// One contestant's part of a round.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slice {
    /// Where the server listens, on the loopback.
    pub port: u16,
    /// With which headers.
    pub case: Case,
    /// In which form.
    pub wire: Wire,
    /// How many, over all connections.
    pub requests: u32,
}

impl Slice {
    /// As a line.
    pub fn line(&self) -> String {
        let case = Case::ALL.iter().position(|case| *case == self.case);
        let (case, b3) = (case.unwrap_or_default(), self.wire == Wire::B3);
        format!("{} {case} {b3} {}\n", self.port, self.requests)
    }

    /// From a line; `None` if it is none.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        Some(Self {
            port: next(&mut words)?,
            case: *Case::ALL.get(next::<usize>(&mut words)?)?,
            wire: if next(&mut words)? {
                Wire::B3
            } else {
                Wire::W3c
            },
            requests: next(&mut words)?,
        })
    }
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// Requests per second.
    pub rate: f64,
    /// Microseconds from the first byte written to the last one read, at the median.
    pub p50: f64,
    /// The same at the 99th percentile.
    pub p99: f64,
}

impl Answer {
    /// As a line.
    pub fn line(&self) -> String {
        format!("{} {} {}\n", self.rate, self.p50, self.p99)
    }

    /// From a line; `None` if it is none.
    pub fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        Some(Self {
            rate: next(&mut words)?,
            p50: next(&mut words)?,
            p99: next(&mut words)?,
        })
    }
}

fn next<'w, T: FromStr>(words: &mut impl Iterator<Item = &'w str>) -> Option<T> {
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_read_what_the_other_writes() {
        for case in Case::ALL {
            for wire in [Wire::B3, Wire::W3c] {
                let slice = Slice {
                    port: 4711,
                    case,
                    wire,
                    requests: 12,
                };
                assert_eq!(Slice::parse(&slice.line()), Some(slice));
            }
        }
        let answer = Answer {
            rate: 12345.5,
            p50: 30.25,
            p99: 99.0,
        };
        assert_eq!(Answer::parse(&answer.line()), Some(answer));
        assert_eq!(Slice::parse("4711 9 true 12"), None);
        assert_eq!(Answer::parse("12"), None);
    }
}
