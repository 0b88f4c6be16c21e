//! What programs say. Whoever reads may have seen enough (`| head`): then the rest goes nowhere, and the
//! program goes on. `println!` and `eprintln!` panic there.

use std::fmt::Display;
use std::io::{self, Write};

/// A line on standard output.
pub fn out(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// A line on standard error.
pub fn err(line: impl Display) {
    let _ = writeln!(io::stderr(), "{line}");
}
