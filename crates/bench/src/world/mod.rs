//! The world that is measured: a folder with a process file, people and applications on file, tokens for them.
//!
//! | file | what it does |
//! |---|---|
//! | `place` | the folder, its process file and its resources |
//! | `people` | who the users are: made from their number, the same each time |
//! | `seed` | puts users, applications and records on file, before the server is started |
//! | `signed_in` | what sign-ins leave on file |
//! | `tokens` | subject tokens, as many as are needed |

mod people;
mod place;
mod seed;
mod signed_in;
mod tokens;

pub use people::{PASSWORD, Person};
pub use place::{Place, basic};
pub use seed::{Seeded, Wanted, seed};
pub use tokens::{Pattern, forms};
