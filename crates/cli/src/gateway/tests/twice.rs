//! What is said twice in one file.

use super::{WHOLE, loaded, whole};

#[test]
fn two_listeners_at_one_address_are_a_mistake_where_the_second_is() {
    let with = |more: &str| loaded(&WHOLE.replace("[inbound]", &format!("{more}\n[inbound]")));
    let told = loaded(&WHOLE.replace("127.0.0.1:9090", "127.0.0.1:8080")).unwrap_err();
    assert!(
        told.contains(
            "gateway.toml:4:11: `127.0.0.1:8080` is where `listen` has it listen already"
        ),
        "{told}"
    );
    let told = with("[ext_authz]\nlisten = \"127.0.0.1:8080\"").unwrap_err();
    assert!(told.contains("choose another port"), "{told}");
    assert!(with("[ext_authz]\nlisten = \"127.0.0.1:9001\"").is_ok());
    let ours =
        WHOLE.replace("127.0.0.1:9090", "127.0.0.1:0").replace("127.0.0.1:8080", "127.0.0.1:0");
    assert!(loaded(&ours).is_ok(), "the system chooses two ports");
}

/// What is warned of where this route comes after those of the example.
fn warned(matching: &str) -> usize {
    let upstream = "upstream = \"http://127.0.0.1:1\"\nexchange = \"none\"";
    let last = format!("\n[[route]]\nmatch = {{ {matching} }}\n{upstream}\n");
    let warnings = whole(&format!("{WHOLE}{last}")).unwrap().warnings;
    let told = warnings.iter().map(ToString::to_string);
    told.filter(|told| told.contains("no request comes to this route")).count()
}

#[test]
fn a_route_that_no_request_comes_to_is_warned_of() {
    let host = "host = \"dashboard.example.com\"";
    for covered in [
        "path = \"/mail\"",
        "path = \"/mail\", methods = [\"POST\"], host = \"a.example\"",
        &format!("{host}, path = \"/reports/october\", methods = [\"GET\"]"),
        &format!("{host}, path = \"/reports/*\", methods = [\"GET\"]"),
    ] {
        assert_eq!(warned(covered), 1, "{covered}");
    }
    for reached in [
        "path = \"/mail/*\"",
        "path = \"/reports/*\"",
        &format!("{host}, path = \"/reports\", methods = [\"GET\"]"),
        &format!("{host}, path = \"/reports/*\", methods = [\"GET\", \"POST\"]"),
        &format!("{host}, path = \"/reports/october\""),
    ] {
        assert_eq!(warned(reached), 0, "{reached}");
    }
}

#[test]
fn a_list_of_nobody_is_a_mistake() {
    let nobody = WHOLE.replace("actors = [\"spa\"]", "actors = []");
    assert!(loaded(&nobody).unwrap_err().contains("`actors` names nobody"));
}
