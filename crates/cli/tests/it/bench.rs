//! `stead bench`: that it measures what it says, never how fast that is.

use crate::stead::Folder;
use serde_json::Value;

/// So few that no machine is in the way.
const FEW: [&str; 9] =
    ["bench", "exchange", "--json", "--rounds", "1", "--requests", "12", "--warm-up", "4"];

#[test]
fn exchanges_are_counted_and_told_point_by_point() {
    let folder = Folder::empty();
    let more = ["--users", "3", "--records", "0,9", "--connections", "1,2", "--dir", "bench"];
    let said = folder.run(&[&FEW[..], &more].concat());
    assert!(said.ok, "{said:?}");

    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "exchange-es256-cold-sqlite-plain");
    let points = section["numbers"]["points"].as_array().unwrap();
    let places: Vec<_> = points
        .iter()
        .map(|point| ["users", "records", "connections"].map(|of| point[of].as_u64().unwrap()))
        .collect();
    assert_eq!(places, [[3, 0, 1], [3, 0, 2], [3, 9, 1], [3, 9, 2]]);
    // Four to warm up, twelve as fast as it can, twelve at half of that; twice on each server.
    let exchanges: Vec<_> =
        points.iter().map(|point| point["exchanges"].as_u64().unwrap()).collect();
    assert_eq!(exchanges, [28, 56, 28, 56]);
    for point in points {
        assert!(point["floor"]["sign_us"].as_f64().unwrap() > 0.0, "{point}");
        assert!(point["fastest"]["a_second"].as_f64().unwrap() > 0.0, "{point}");
        assert!(point["paced"]["latency"]["p99_ms"].as_f64().unwrap() > 0.0, "{point}");
    }
    // What is on file stays, and every exchange is on record.
    assert!(folder.read("bench/on-file.json").contains("\"records\":9"));
}

#[test]
fn the_same_token_again_and_again_over_tls_is_another_measurement() {
    let folder = Folder::empty();
    let more = ["--subject-tokens", "repeated", "--transport", "tls", "--algorithm", "eddsa"];
    let said = folder.run(&[&FEW[..], &more, &["--users", "2", "--rate", "none"]].concat());
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "exchange-eddsa-repeated-sqlite-tls");
    assert_eq!(section["numbers"]["points"][0]["paced"], Value::Null);
}

#[test]
fn tokens_of_a_key_that_takes_a_while_to_make_are_measured_from_the_first_start() {
    let more = ["--algorithm", "rs256", "--users", "2", "--rate", "none"];
    let said = Folder::empty().run(&[&FEW[..], &more].concat());
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "exchange-rs256-cold-sqlite-plain");
}

#[test]
fn a_postgresql_of_its_own_is_started_for_a_measurement() {
    let folder = Folder::empty();
    let more = ["--store", "postgres", "--users", "2", "--records", "3", "--rate", "none"];
    let said = folder.run(&[&FEW[..], &more].concat());
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "exchange-es256-cold-postgres-plain");
    assert_eq!(section["numbers"]["points"][0]["exchanges"], 16);
}

#[test]
fn sign_ins_are_counted_beside_the_check_of_a_password() {
    let few = ["bench", "login", "--json", "--rounds", "1", "--requests", "3", "--browsers", "1,2"];
    let said = Folder::empty().run(&[&few[..], &["--users", "2"]].concat());
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "login-sqlite-plain");
    let points = section["numbers"]["points"].as_array().unwrap();
    let told: Vec<_> =
        points.iter().map(|point| (&point["browsers"], &point["sign_ins"])).collect();
    assert_eq!(told, [(&1.into(), &3.into()), (&2.into(), &3.into())]);
    assert!(points.iter().all(|point| point["password_ms"].as_f64().unwrap() > 0.0), "{points:?}");
}

#[test]
fn a_section_that_was_measured_elsewhere_comes_onto_the_page() {
    let folder = Folder::empty();
    folder.write("pages/keep", "");
    let measured = folder.run(&[&FEW[..], &["--users", "1", "--rate", "none"]].concat());
    folder.write("section.json", &measured.out);
    let report = ["bench", "report", "--only", "none", "--into", "pages"];
    let said = folder.run(&[&report[..], &["--add", "section.json"]].concat());
    assert!(said.ok, "{said:?}");
    let page = folder.read("pages/performance.md");
    assert!(page.contains("## Exchanges: ES256, cold subject tokens, sqlite, plain"), "{page}");
    let said = folder.run(&["bench", "report", "--only", "logon", "--into", "pages"]);
    assert!(!said.ok && said.err.contains("there is no section logon"), "{said:?}");
}

#[test]
fn what_one_more_takes_is_told_of_sessions_refresh_tokens_and_access_tokens() {
    let said = Folder::empty().run(&["bench", "memory", "--json", "--things", "40"]);
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "memory");
    let weights = section["numbers"].as_array().unwrap();
    let more: Vec<_> = weights.iter().map(|it| it["more"].as_u64().unwrap()).collect();
    assert_eq!(more, [1000, 40, 40, 1, 40, 40]);
    let disk: Vec<_> = weights.iter().filter_map(|it| it["disk"].as_u64()).collect();
    assert!(disk.len() == 4 && disk.is_sorted(), "{disk:?}");
    assert!(weights.iter().all(|it| it["resident"].as_u64().unwrap() > 0), "{weights:?}");
}

#[test]
fn the_sdk_is_measured_beside_the_signature_alone() {
    let folder = Folder::empty();
    let said = folder.run(&["bench", "verify", "--json", "--tokens", "25"]);
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "verify");
    let costs = section["numbers"].as_array().unwrap();
    let algorithms: Vec<_> = costs.iter().map(|cost| cost["algorithm"].as_str().unwrap()).collect();
    assert_eq!(algorithms, ["ES256", "EdDSA", "RS256"]);
    for name in ["signature_ns", "cold_ns", "repeated_ns", "resting_ns", "cold_per_signature"] {
        assert!(costs.iter().all(|cost| cost[name].as_f64().unwrap() > 0.0), "{name}: {costs:?}");
    }
}

#[test]
fn the_cache_of_the_sdk_is_measured_for_each_number_of_users() {
    let folder = Folder::empty();
    let said = folder.run(&["bench", "cache", "--json", "--users", "1,7"]);
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    let hits = section["numbers"].as_array().unwrap();
    let users: Vec<_> = hits.iter().map(|hit| hit["users"].as_u64().unwrap()).collect();
    assert_eq!(users, [1, 7]);
    for name in ["kept_target_ns", "written_target_ns", "resting_ns"] {
        assert!(hits.iter().all(|hit| hit[name].as_f64().unwrap() > 0.0), "{name}: {hits:?}");
    }
}

#[test]
fn the_gateway_is_measured_beside_nginx_and_envoy_and_what_it_holds_for_many_users() {
    // Where the project's set-up puts it.
    let envoy = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/envoy/envoy/_bin/envoy");
    let folder = Folder::empty();
    let few = ["bench", "gateway", "--json", "--rounds", "1", "--requests", "12", "--warm-up", "4"];
    let more = ["--users", "3", "--connections", "2", "--cached-users", "5", "--envoy", envoy];
    let said = folder.run(&[&few[..], &more].concat());
    assert!(said.ok, "{said:?}");
    let section: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(section["id"], "gateway");
    let numbers = &section["numbers"];
    assert_eq!(numbers["memory"]["users"], 5);
    let above_nothing = ["/stead/fastest/a_second", "/nginx/paced/a_second", "/beside/p99"];
    let with_envoy = ["/envoy/beside/a_second", "/tokens/came/fastest/a_second"];
    // Of twelve requests the kernel may count no processor time at all.
    let telling = ["/telling/came/fastest/a_second", "/telling/beside/a_second"];
    for name in above_nothing.into_iter().chain(with_envoy).chain(telling) {
        assert!(numbers.pointer(name).unwrap().as_f64().unwrap() > 0.0, "{name}: {numbers}");
    }
    for name in ["/memory/idle_mib", "/memory/remembering_mib", "/nginx/resident_mib"] {
        assert!(numbers.pointer(name).unwrap().as_f64().unwrap() > 1.0, "{name}: {numbers}");
    }
}

#[test]
fn without_an_nginx_or_the_named_envoy_it_is_said_where_to_get_one() {
    for (name, advice) in [("nginx", "install"), ("envoy", "in the project's folder")] {
        let (option, file) = (format!("--{name}"), format!("/nowhere/{name}"));
        let said = Folder::empty().run(&["bench", "gateway", &option, &file]);
        let expected = format!("there is no {name} at {file}: {advice}");
        assert!(!said.ok && said.err.contains(&expected), "{said:?}");
    }
}
