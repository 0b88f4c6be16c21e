//! The database of `stock`: SQLite, in memory, each query inside a CLIENT span.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension};
use tracer_core::{Kind, Tracer, TracerExt};

/// How much of each item is left.
pub struct Inventory {
    tracer: Arc<dyn Tracer>,
    connection: Mutex<Connection>,
}

impl fmt::Debug for Inventory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inventory")
    }
}

impl Inventory {
    /// A database with a few items in it.
    ///
    /// # Errors
    ///
    /// When SQLite cannot open or fill it.
    pub fn open(tracer: Arc<dyn Tracer>) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE shelf (item TEXT PRIMARY KEY, amount INTEGER NOT NULL);
             INSERT INTO shelf VALUES ('tea', 7), ('coffee', 3), ('slow', 1);",
        )?;
        Ok(Self {
            tracer,
            connection: Mutex::new(connection),
        })
    }

    /// How much is left of an item; `None` for an unknown one. Blocks.
    ///
    /// # Errors
    ///
    /// When the query fails, as it does for `broken`, whose shelf was never built.
    pub fn left(&self, item: &str) -> Result<Option<u32>, QueryError> {
        let table = if item == "broken" {
            "missing_shelf"
        } else {
            "shelf"
        };
        let statement = format!("SELECT amount FROM {table} WHERE item = ?1");
        let span = self
            .tracer
            .span("select shelf")
            .kind(Kind::Client)
            .tag("peer.service", "inventory-db")
            .tag("db.type", "sql")
            .tag("db.instance", "inventory")
            .tag("db.statement", &statement)
            .start();
        let connection = self
            .connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = connection
            .query_row(&statement, [item], |row| row.get(0))
            .optional();
        left.map_err(|error| {
            span.set_error(&error);
            QueryError(error.to_string())
        })
    }
}

/// A query failed.
#[derive(Clone, Debug)]
pub struct QueryError(String);

impl QueryError {
    /// The thread that ran the query was given up.
    pub fn cancelled(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for QueryError {}
