//! Which measurement is which.

use crate::args::Bench;
use crate::report::Section;
use crate::stead::Stead;
use crate::{exchange, login};
use anyhow::bail;

/// Measures one thing.
pub(crate) async fn measure(stead: &Stead, what: &Bench) -> anyhow::Result<Section> {
    match what {
        Bench::Exchange(what) => exchange::run(stead, what).await,
        Bench::Login(what) => login::run(stead, what).await,
        Bench::Report(_) => bail!("a report is many measurements"),
    }
}
