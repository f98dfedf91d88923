//! Another master key: everything that is sealed is sealed anew, all of it or nothing.
//!
//! One transaction, while nobody else has the database open. It ends with the constant that tells which key
//! fits, so that at any instant exactly one of the two does.

use super::fault::Fault;
use super::marks::Mark;
use super::open::{self, failed};
use super::records::{self, Head, Tail};
use super::scoped::{Scoped, json};
use super::{OpenError, Sqlite, keys};
use crate::master_key::MasterKey;
use crate::rotation::{Anew, Chance, Resealed, Rotation};
use rusqlite::{Connection, Row, TransactionBehavior};
use std::io;
use std::path::Path;
use stead_core::model::factors::Factors;
use stead_core::model::key::StoredKey;
use stead_core::record::Record;

/// How many users' factors are read at a time.
const AT_ONCE: i64 = 1000;

impl Sqlite {
    /// Gives a database that nobody has open another master key: sealed under it is everything that was
    /// sealed under the one it has, whose file then holds the new one. Whenever this is interrupted, the
    /// database opens with the file as it is.
    pub fn rotate_master_key(
        path: &Path,
        key: &MasterKey,
        mut chance: Chance<'_>,
    ) -> Result<Rotation, OpenError> {
        if !path.exists() {
            let error = io::ErrorKind::NotFound.into();
            return Err(OpenError::Unreachable { path: path.to_owned(), error });
        }
        let _lock = open::lock(path)?;
        let mut db = open::prepare(path, key)?;
        if key.gave_way() {
            return Ok(Rotation::Finished);
        }
        let new = key.prepare_successor((chance.random)())?;
        let done = reseal(&mut db, (key, &new), &mut chance);
        let done = done.map_err(|fault| failed(path, &fault))?;
        key.give_way()?;
        Ok(Rotation::Done(done))
    }
}

fn reseal(
    db: &mut Connection,
    (old, new): (&MasterKey, &MasterKey),
    chance: &mut Chance<'_>,
) -> Result<Resealed, Fault> {
    // What was sealed under the old key is not to lie about in what the file no longer uses.
    db.pragma_update(None, "secure_delete", true)?;
    let all = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut total = Resealed::default();
    for (tenant, _) in open::numbers(&all)? {
        let db = Scoped::new(&all, tenant);
        let mut anew = Anew { old, new, random: &mut *chance.random };
        let done = Resealed {
            signing_keys: signing_keys(db, &mut anew)?,
            totp_secrets: totp_secrets(db, &mut anew)?,
        };
        put_on_record(db, &(chance.record)(&done))?;
        total.signing_keys += done.signing_keys;
        total.totp_secrets += done.totp_secrets;
    }
    open::put_check(&all, new)?;
    all.commit()?;
    open::carry_over(db)?;
    Ok(total)
}

fn signing_keys(db: Scoped<'_>, anew: &mut Anew<'_>) -> Result<usize, Fault> {
    let mut count = 0;
    for key in keys::all(db)? {
        let Some(sealed) = &key.sealed else { continue };
        let sealed = Some(anew.seal(MasterKey::SIGNING_KEY, sealed)?);
        keys::replace(db, &StoredKey { sealed, ..key })?;
        count += 1;
    }
    Ok(count)
}

fn totp_secrets(db: Scoped<'_>, anew: &mut Anew<'_>) -> Result<usize, Fault> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, serde_json::from_str(row.get_ref(1)?.as_str()?)));
    let (mut count, mut last) = (0, String::new());
    loop {
        let page = db.rows(
            "SELECT user, json FROM factors
             WHERE tenant = ?1 AND user > ?2 AND json ->> '$.totp.secret' IS NOT NULL
             ORDER BY user LIMIT ?3",
            &[&last, &AT_ONCE],
            read,
        )?;
        if page.is_empty() {
            return Ok(count);
        }
        for (user, factors) in page {
            let factors: Factors = factors?;
            let Some(factors) = anew.factors(factors)? else { continue };
            let sql = "UPDATE factors SET json = ?3 WHERE tenant = ?1 AND user = ?2";
            db.run(sql, &[&user, &json(&factors)?])?;
            count += 1;
            last = user;
        }
    }
}

/// Appends to the tenant's chain: the writer, which does that else, does not run.
fn put_on_record(db: Scoped<'_>, record: &Record) -> Result<(), Fault> {
    let text = json(record)?;
    let mut tail = Tail::new(records::head(db)?.unwrap_or_else(Head::genesis));
    tail.append(db, (&text, Mark::of(record)), record.at)?;
    tail.write(db)
}
