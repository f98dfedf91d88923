//! Retention: records that are older than they are to be kept leave, a few at a time.

use crate::app::App;
use stead_core::ports::StoreError;
use stead_core::retention::Cut;
use stead_core::sts::Sts;
use stead_proto::time::{Seconds, Timestamp};

/// How often it is looked whether any are old enough.
const EVERY: Seconds = Seconds(60);

/// How many steps are made in a row before other things come round.
const STEPS: usize = 100;

/// When it is to be looked again.
#[derive(Debug, Default)]
pub(crate) struct Retention {
    next: Timestamp,
}

impl Retention {
    /// Lets every tenant's old records leave when it is time. One tenant's failure is not another's.
    pub(crate) async fn keep(&mut self, app: &App) {
        let Some(keep) = app.keeps_records() else { return };
        let now = app.moment().now;
        if now < self.next {
            return;
        }
        self.next = now + EVERY;
        for sts in app.tenants() {
            if let Err(error) = cut(app, &sts, keep).await {
                tracing::warn!(%error, tenant = %sts.tenant.name, "old records did not leave");
            }
        }
    }
}

async fn cut(app: &App, sts: &Sts, keep: Seconds) -> Result<(), StoreError> {
    for _ in 0..STEPS {
        if sts.cut_records(keep, &app.moment()).await? == Cut::Nothing {
            break;
        }
    }
    Ok(())
}
