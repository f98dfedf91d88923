//! Guides that are followed word by word: every command of theirs is run, every file written, every
//! promised line of output looked for.
//!
//! A page of `docs/guides` takes part when it says so with [`page::PROMISE`]. Its code blocks say what they are:
//!
//! | block | what the reader does |
//! |---|---|
//! | `sh` | runs it in their terminal |
//! | `sh server` | runs it in a terminal of its own, where it goes on; it says `ready` |
//! | `python file=api.py` (any language) | writes that file |
//! | `text` | compares it with what the last command printed; `…` stands for anything |
//! | `rust,no_run` | reads it; the documentation tests compile it |
//!
//! A page that names `db.example.com` has a PostgreSQL there ([`database`]).

pub(crate) mod database;
pub(crate) mod page;
pub(crate) mod script;
