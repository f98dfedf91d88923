//! Exchanges: as many as the server can, and at a fixed rate; what each costs it.
//!
//! | file | what it does |
//! |---|---|
//! | `bout` | one server of our own with so much on file: its start, one sign-in |
//! | `running` | a server that runs already |
//! | `beside` | other servers on the same load, in turns |
//! | `peer` | one of these: a program that says where it listens |
//! | `track` | the rounds that either is driven through |
//! | `supply` | what is asked in a round |
//! | `point` | what came of the rounds on so many connections |
//! | `told` | all of it as a section |

mod beside;
mod bout;
mod peer;
mod point;
mod running;
mod supply;
mod told;
mod track;
mod weight;

pub use beside::run as beside;
pub use weight::run as weight;

use crate::args::Exchange;
use crate::progress::say;
use crate::report::Section;
use crate::stead::Stead;
use crate::world::{Place, Wanted};
use bout::Bout;
use std::path::Path;
use told::Told;

/// Measures exchanges: on a server of its own, for each number of users, of records and of connections; or on
/// one that runs already.
pub async fn run(stead: &Stead, args: &Exchange) -> anyhow::Result<Section> {
    if args.running.url.is_some() {
        let mut told = Told::about(args, Path::new("."));
        told.points = running::measure(args, &args.running).await?;
        return told.section();
    }
    let place = Place::prepare(&args.setup, args.algorithm.into())?;
    let mut told = Told::about(args, place.path());
    for &users in &args.users {
        for &records in &args.records {
            let applications = args.setup.applications;
            let wanted = Wanted { users, applications, records, ..Wanted::default() };
            say(format!("{users} users, {records} records"));
            let mut bout = Bout::begin(stead, &place, args, wanted).await?;
            for &connections in &args.connections {
                let point = bout.measure(connections).await?;
                say(format!("  {}", point.line()));
                told.points.push(point);
            }
            told.starts.push(bout.end().await?);
        }
    }
    told.section()
}
