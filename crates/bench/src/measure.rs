//! Which measurement is which.

use crate::args::Bench;
use crate::report::Section;
use crate::stead::Stead;
use crate::{exchange, gateway, login, sdk};
use anyhow::bail;

/// Measures one thing.
pub(crate) async fn measure(stead: &Stead, what: &Bench) -> anyhow::Result<Section> {
    let stead = &stead.under(what.under());
    match what {
        Bench::Exchange(what) => exchange::run(stead, what).await,
        Bench::Login(what) => login::run(stead, what).await,
        Bench::Verify(what) => sdk::verify(what).await,
        Bench::Cache(what) => sdk::cache(what).await,
        Bench::Gateway(what) => gateway::run(stead, what).await,
        Bench::Peers(what) => exchange::beside(stead, what).await,
        Bench::Memory(what) => exchange::weight(stead, what).await,
        Bench::Report(_) => bail!("a report is many measurements"),
    }
}
