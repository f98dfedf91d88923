//! How a PostgreSQL is opened, and what is said when it is not.

use crate::people::{commit, put_user, subject, t1};
use crate::{at, master_key, place, place_url};
use private_postgres::{GUARDED_PASSWORD, execute, shared};
use std::fs;
use stead_store::{MasterKey, Postgres, PostgresConfig};

async fn refused(config: &PostgresConfig) -> String {
    Postgres::open(config, &master_key()).await.unwrap_err().to_string()
}

#[tokio::test]
async fn several_nodes_that_start_at_once_on_an_empty_database_migrate_it_once() {
    let config = place().await;
    let key = master_key();
    let open = || Postgres::open(&config, &key);
    let (one, two, three) = tokio::join!(open(), open(), open());
    let opened = [one.unwrap(), two.unwrap(), three.unwrap()];
    let [store, other, _] = opened.each_ref().map(|it| it.tenant(&t1()));
    commit(&*store, vec![put_user("alice", "alice")]).await;
    assert!(other.user(&subject("alice")).await.unwrap().is_some());
    assert_eq!(Postgres::plan(&config).await.unwrap().steps, []);
}

#[tokio::test]
async fn the_plan_says_what_a_migration_does_and_changes_nothing() {
    let config = place().await;
    let plan = Postgres::plan(&config).await.unwrap();
    assert_eq!((plan.found, plan.steps.len()), (0, usize::try_from(plan.known).unwrap()));
    assert_eq!(Postgres::plan(&config).await.unwrap(), plan);
    assert_eq!(Postgres::migrate(&config).await.unwrap(), plan);
    assert_eq!(Postgres::migrate(&config).await.unwrap().steps, []);
}

#[tokio::test]
async fn a_database_that_is_not_migrated_is_refused_where_starts_do_not_migrate() {
    let config = PostgresConfig { migrate: false, ..place().await };
    let refused = refused(&config).await;
    assert!(refused.ends_with("run `stead migrate` first"), "{refused}");
    Postgres::migrate(&config).await.unwrap();
    assert!(Postgres::open(&config, &master_key()).await.is_ok());
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_in_one_sentence() {
    let place = place_url().await;
    let config = at(&place);
    Postgres::migrate(&config).await.unwrap();
    let later = "INSERT INTO migrations (number, name) VALUES (999, 'later')";
    execute(&place, later).await.unwrap();
    let said = refused(&config).await;
    assert!(said.contains("is of version 999, this program knows"), "{said}");
    assert!(said.ends_with("use a newer program") && !said.contains('\n'), "{said}");
    assert!(Postgres::migrate(&config).await.is_err());
}

#[tokio::test]
async fn another_master_key_than_the_databases_is_refused() {
    let config = place().await;
    drop(Postgres::open(&config, &master_key()).await.unwrap());
    let error = Postgres::open(&config, &MasterKey::ephemeral([2; 32])).await.unwrap_err();
    assert!(error.to_string().contains("does not fit the database"), "{error}");
    assert!(Postgres::open(&config, &master_key()).await.is_ok());
}

#[tokio::test]
async fn over_tls_the_server_is_who_its_authority_says_and_the_password_is_read_from_its_file() {
    let server = shared().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    fs::write(&file, format!("{GUARDED_PASSWORD}\n")).unwrap();
    let guarded = server.guarded(&server.place().await.unwrap());
    let ca = server.ca_file().display();
    let verified = at(&format!("{guarded}&sslmode=verify-full&sslrootcert={ca}"));
    let verified = PostgresConfig { password_file: Some(file.clone()), ..verified };
    assert!(Postgres::open(&verified, &master_key()).await.is_ok());
    assert!(!format!("{verified:?}").contains(GUARDED_PASSWORD));

    // The certificate is for `localhost` alone.
    let elsewhere = guarded.replace("localhost", "127.0.0.1");
    let elsewhere = at(&format!("{elsewhere}&sslmode=verify-full&sslrootcert={ca}"));
    let said = refused(&PostgresConfig { password_file: Some(file.clone()), ..elsewhere }).await;
    assert!(said.contains("certificate"), "{said}");

    fs::write(&file, "wrong").unwrap();
    let said = refused(&verified).await;
    assert!(said.contains("password authentication failed") && !said.contains("wrong"), "{said}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let said = refused(&at("postgres://stead@127.0.0.1:1/stead")).await;
    assert!(said.contains("postgres://stead@127.0.0.1:1/stead cannot be used"), "{said}");
    let said = refused(&at("postgres://stead@127.0.0.1:1/stead?connect_timeout=1")).await;
    assert!(said.contains("Connection refused"), "{said}");
}
