//! The tables, as Markdown.

use crate::case::Case;
use crate::harness::{self, Contestant, Effort, Samples, Time};
use crate::{bare, busy, export, micro, stalled};

/// A library: gives a contestant for each case that it knows.
pub type Library = fn(Case) -> Option<Contestant>;

/// All tables.
pub fn everything(libraries: &[Library]) {
    // First, while the process holds little.
    stalled::table();
    println!();
    requests_table(libraries, Effort::default());
    println!();
    micro::table(Effort::default());
    println!();
    export::cpu_table(Effort::default());
    println!();
    export::throughput_table(2_000_000);
    println!();
    busy::table();
}

/// Measures requests: every library in every case, over the bare service and as a multiple of the
/// floor, which is the first library.
pub fn requests_table(libraries: &[Library], effort: Effort) {
    requests(libraries.to_vec()).table(effort);
}

/// These libraries round the bare tower service, the floor first.
pub fn requests(libraries: Vec<Library>) -> Comparison {
    Comparison {
        name: "requests",
        head: "ns per request over the bare service (× floor)",
        bare: bare::contestant,
        libraries,
    }
}

/// A bare service, and the libraries that are put round it.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// What to call it when one table alone is wanted.
    pub name: &'static str,
    /// The head of the first column, which says what the ratios are of.
    pub head: &'static str,
    /// The service alone.
    pub bare: Library,
    /// Everybody else; the first is what the ratios are of.
    pub libraries: Vec<Library>,
}

impl Comparison {
    /// Measures every library in every case, and prints what they take over the bare service.
    ///
    /// # Panics
    ///
    /// If a library's spans do not arrive at its exporter.
    pub fn table(&self, effort: Effort) {
        let columns = Case::ALL.into_iter();
        let columns = columns.map(|case| Some((case, self.column(case, effort)?)));
        let Some(columns) = columns.collect::<Option<Vec<_>>>() else {
            return;
        };
        println!(
            "| {} | {} |",
            self.head,
            Case::ALL.map(Case::title).join(" | ")
        );
        println!("|---|{}", "---|".repeat(columns.len()));
        let bare: Vec<_> = columns
            .iter()
            .map(|(_, column)| format!("({:.0})", column.bare.median()))
            .collect();
        println!("| the bare service itself | {} |", bare.join(" | "));
        for row in 0..self.libraries.len() {
            let mut name = "";
            let cells: Vec<_> = columns
                .iter()
                .map(|(case, column)| {
                    column.of(row).map_or(String::new(), |own| {
                        name = &own.name;
                        column.cell(own, *case)
                    })
                })
                .collect();
            println!("| {name} | {} |", cells.join(" | "));
        }
    }

    fn column(&self, case: Case, effort: Effort) -> Option<Column> {
        let libraries = self.libraries.iter().map(|library| library(case));
        let everybody = std::iter::once((self.bare)(case)).chain(libraries);
        let everybody: Vec<_> = everybody.collect();
        let there: Vec<_> = everybody.iter().skip(1).map(Option::is_some).collect();
        let mut contestants: Vec<_> = everybody.into_iter().flatten().collect();
        let mut samples = harness::run(&mut contestants, Time::Thread, effort).into_iter();
        let bare = samples.next()?;
        let libraries: Vec<_> = there
            .into_iter()
            .map(|there| there.then(|| samples.next()).flatten())
            .collect();
        if case.is_sampled() {
            for own in libraries.iter().flatten() {
                own.assert_exported(0.99);
            }
        }
        Some(Column { bare, libraries })
    }
}

/// What one case took.
struct Column {
    bare: Samples,
    /// `None` for a library that does not know the case.
    libraries: Vec<Option<Samples>>,
}

impl Column {
    fn of(&self, row: usize) -> Option<&Samples> {
        self.libraries.get(row)?.as_ref()
    }

    /// Over the bare service, and as a multiple of the first library.
    fn cell(&self, own: &Samples, case: Case) -> String {
        let over = own.over(&self.bare);
        let unit = self.of(0).map_or(f64::NAN, |unit| unit.over(&self.bare));
        format!("{over:.0} ({:.2}){}", over / unit, lost(own, case))
    }
}

/// A library whose spans do not arrive has not done the work.
fn lost(samples: &Samples, case: Case) -> String {
    let expected = f64::from(u8::from(case.is_sampled()));
    match samples.spans {
        Some(spans) if (spans - expected).abs() > 1e-6 => format!(", {spans:.3} spans"),
        _ => String::new(),
    }
}
