//! Resource files: applications, permissions, users and consents as TOML, read into what a tenant shall have.
//!
//! [`raw`] is how they are written, `read` and `people` turn that into the core's model, `files` opens
//! what they point to, `kept` says where that is, `world` asks the core whether it all fits together and finds the lines to blame.

pub mod raw;

mod credentials;
mod files;
mod guid;
mod kept;
mod people;
mod read;
mod world;

pub use files::Input;
pub use guid::guid;
pub use kept::{KeptAt, kept_at};

use crate::document::Document;
use crate::mistake::Mistakes;
use people::Usernames;
use read::Reader;
use stead_core::admin::Desired;
use stead_core::model::tenant::Tenant;

/// A resource file, parsed.
#[derive(Debug)]
struct Page<'i> {
    input: &'i Input,
    document: Document<'i, raw::File>,
}

/// Reads the resource files of a tenant. What could be read is returned, and every mistake noted: where there
/// is an error among them the result is not to be used.
pub fn load(tenant: &Tenant, inputs: &[Input], mistakes: &mut Mistakes) -> Desired {
    let pages: Vec<Page<'_>> = inputs
        .iter()
        .map(|input| Page { input, document: Document::read(&input.source, mistakes) })
        .collect();
    let usernames = Usernames::collect(tenant, &pages);
    let mut desired = Desired::default();
    for page in &pages {
        Reader { tenant, page, usernames: &usernames, mistakes }.add_to(&mut desired);
    }
    world::check(&desired, &pages, mistakes);
    desired
}

#[cfg(test)]
mod tests;
