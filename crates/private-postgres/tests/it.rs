//! It starts, is stopped and starts again; each place is a fresh one.
use private_postgres::{Durability, Server, shared};
use std::path::PathBuf;

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", std::process::id()))
}

#[test]
fn what_it_knew_it_knows_after_it_was_stopped_and_after_it_was_killed() {
    let mut server = Server::start(&folder("again"), Durability::Durable).unwrap();
    server.execute("CREATE TABLE it (n INT)").unwrap();
    server.stop().unwrap();
    assert!(server.execute("INSERT INTO it VALUES (1)").is_err());
    server.run().unwrap();
    server.execute("INSERT INTO it VALUES (1)").unwrap();
    server.kill().unwrap();
    server.run().unwrap();
    server.execute("SELECT 1 / count(*) FROM it").unwrap();
}

#[test]
fn it_is_gone_with_its_folder_when_it_is_dropped() {
    let server = Server::start(&folder("gone"), Durability::Fast).unwrap();
    let (place, pid) = (server.socket_folder().to_owned(), server.pid().unwrap());
    assert!(place.exists());
    drop(server);
    assert!(!place.exists() && !PathBuf::from(format!("/proc/{pid}")).exists());
}

#[tokio::test]
async fn no_two_places_are_the_same() {
    let server = shared().unwrap();
    let (one, other) = (server.place().await.unwrap(), server.place().await.unwrap());
    assert_ne!(one, other);
}
