//! The disk is full, and has room again.

use super::Plan;
use super::outage;
use super::scene::Scene;
use crate::disk::{Limit, Volume};
use crate::report::Verdict;
use crate::server::Server;
use crate::trouble::Trouble;
use crate::world::Kind;
use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

/// How large the disk is: some megabytes more than the server needs meanwhile.
const SIZE: &str = "48m";

/// Fills the disk of a server.
pub(super) async fn run(plan: &Plan, store: Kind, verdict: &mut Verdict) -> anyhow::Result<()> {
    let mut scene = Scene::set(plan, store)?;
    let data = scene.world.data();
    fs::create_dir(&data)?;
    match Volume::mount(&data, SIZE) {
        Ok(_volume) => {
            verdict.note(format!("on a file system of {SIZE} in memory"));
            outage::run(scene, &mut Ballast { file: data.join("ballast") }, verdict).await
        }
        Err(why) => {
            verdict.note(format!("by a limit on the size of files, for {why}"));
            scene.start = Limit::start(&plan.stead);
            outage::run(scene, &mut Limit, verdict).await
        }
    }
}

/// A file that takes all the room there is.
struct Ballast {
    file: PathBuf,
}

impl Trouble for Ballast {
    fn begin(&mut self, _: &Server) -> anyhow::Result<()> {
        let mut file = File::create(&self.file)?;
        for piece in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![0; piece]).is_ok() {}
        }
        Ok(())
    }

    fn end(&mut self, _: &Server) -> anyhow::Result<()> {
        Ok(fs::remove_file(&self.file)?)
    }
}
