//! Another master key: while no server runs, everything that is sealed is sealed anew.

use crate::config::{ServerConfig, StoreConfig};
use crate::moment::{Moments, random};
use crate::start_error::StartError;
use stead_core::admin::By;
use stead_core::record::{Event, Outcome, Record};
use stead_store::{Chance, MasterKey, Postgres, Resealed, Rotation, Sqlite};

/// Gives the store of this configuration another master key. Each tenant's chain has a record of it.
pub async fn rotate(config: &ServerConfig, moments: &dyn Moments) -> Result<Rotation, StartError> {
    let told = |error: &dyn ToString| StartError::Store(error.to_string());
    let key = MasterKey::load(&config.master_key).map_err(|error| told(&error));
    let record = |done: &Resealed| on_record(done, moments);
    let chance = Chance { random: &mut random, record: &record };
    match &config.store {
        StoreConfig::Sqlite { file } => {
            Sqlite::rotate_master_key(file, &key?, chance).map_err(|error| told(&error))
        }
        StoreConfig::Postgres(database) => {
            let done = Postgres::rotate_master_key(database, &key?, chance).await;
            done.map_err(|error| told(&error))
        }
        StoreConfig::Memory => {
            Err(StartError::Store("nothing that is in memory alone is sealed anew".to_owned()))
        }
    }
}

fn on_record(done: &Resealed, moments: &dyn Moments) -> Record {
    let event = Event::Change { by: By::Server.to_string(), changes: vec![done.to_string()] };
    Record::new(event, Outcome::Done, &moments.moment())
}
