//! Who is let in and out besides by the routes: bound tokens, the token API, the way out.

use super::*;

#[test]
fn tokens_that_are_bound_to_a_key_are_taken_for_the_origin_of_the_file() {
    let with = |said: &str| {
        loaded(&WHOLE.replace("[inbound]", &format!("[inbound]\ndpop = {{ {said} }}")))
    };
    let one = "origin = [\"https://dashboard.example.com\"]";
    let proofs = with(one).unwrap().inbound.dpop.unwrap();
    let origins = vec!["https://dashboard.example.com".to_owned()];
    assert_eq!(proofs, Proofs { origins, others: Others::Taken, nonces: None });
    let more = "origin = [\"https://dashboard.example.com\", \"https://mail.example.com\"], \
                mode = \"require\", nonce_key_file = \"sealing\"";
    let proofs = with(more).unwrap().inbound.dpop.unwrap();
    assert!(proofs.others == Others::Refused && proofs.nonces.is_some());
    assert_eq!(proofs.origins.len(), 2);
    assert_eq!(loaded(WHOLE).unwrap().inbound.dpop, None);
    for (said, told) in [
        ("mode = \"require\"", "`origin` is missing"),
        ("origin = \"https://a.example\"", "this is text, expected is a list"),
        ("origin = []", "for no place at all"),
        ("origin = [\"api.example.com\"]", "no place where callers could reach it"),
        (
            "origin = [\"https://a.example\", \"https://b\", \"https://b\"]",
            "`https://b` is there twice",
        ),
        ("origin = [\"https://a.example/?b\"]", "no place where callers could reach it"),
        ("origin = [\"https://a.example\"], mode = \"off\"", "`off` is none of"),
        ("origin = [\"https://a.example\"], nonce_key_file = \"secret\"", "can be guessed"),
    ] {
        let mistakes = with(said).unwrap_err();
        assert!(
            mistakes.contains(told) && mistakes.contains("gateway.toml:"),
            "{said}: {mistakes}"
        );
    }
}

#[test]
fn a_route_for_a_host_that_no_origin_has_is_warned_of_where_there_are_several() {
    let warned = |origins: &str| {
        let dpop = format!("[inbound]\ndpop = {{ origin = [{origins}] }}");
        let warnings = whole(&WHOLE.replace("[inbound]", &dpop)).unwrap().warnings;
        let told = warnings.iter().map(ToString::to_string);
        told.filter(|told| told.contains("origin")).collect::<Vec<_>>()
    };
    assert_eq!(warned("\"https://a.example\""), [""; 0]);
    assert_eq!(warned("\"https://a.example\", \"https://dashboard.example.com\""), [""; 0]);
    let told = warned("\"https://a.example\", \"https://b.example\"");
    assert!(told.len() == 1 && told[0].contains("no origin has this host"), "{told:?}");
}

/// The token API beside the example, listening there.
fn with_api(listen: &str, more: &str) -> String {
    let api = format!("[api]\nlisten = \"{listen}\"\n{more}\n[inbound]");
    WHOLE.replace("[inbound]", &api)
}

#[test]
fn a_token_api_is_on_a_socket_or_guarded_by_a_token() {
    let api = |listen: &str, more: &str| loaded(&with_api(listen, more));
    let ok = api("unix:api.sock", "socket_for = \"group\"\nown_tokens = true").unwrap();
    let Some(ApiListen::Socket(socket)) = ok.listen.api else { panic!("a socket") };
    assert!(socket.path.ends_with("api.sock") && socket.open_to == OpenTo::Group);
    let api_config = ok.api.unwrap();
    assert_eq!((api_config.token, api_config.own_tokens), (None, OwnTokens::Given));
    let names = "token_file = \"long\"\nidentity_providers = { tokenx = \"corp\" }";
    let ok = api("127.0.0.1:7164", names).unwrap();
    assert_eq!(ok.listen.api.unwrap().to_string(), "127.0.0.1:7164");
    let api_config = ok.api.unwrap();
    assert!(api_config.token.is_some());
    assert_eq!(api_config.identity_providers["tokenx"], "corp");
    for (listen, more, told) in [
        ("0.0.0.0:7164", "token_file = \"long\"", "other machines could get tokens there"),
        ("127.0.0.1:7164", "", "everybody on this machine"),
        ("127.0.0.1:7164", "token_file = \"secret\"", "can be guessed"),
        ("127.0.0.1", "token_file = \"long\"", "an address like 127.0.0.1:7164"),
        ("unix:nowhere/api.sock", "", "there is no folder for"),
        ("unix:api.sock", "socket_for = \"all\"", "`all` is none of"),
        ("unix:api.sock", "identity_providers = { tokenx = \"crop\" }", "did you mean `corp`?"),
    ] {
        let mistakes = api(listen, more).unwrap_err();
        assert!(mistakes.contains(told), "{listen} {more}: {mistakes}");
    }
}

#[test]
fn a_gateway_may_be_a_token_api_and_nothing_else() {
    let (_, rest) = WHOLE.split_once("[provider.corp]").unwrap();
    let (known, _) = rest.split_once("# The first").unwrap();
    let alone = format!("[api]\nlisten = \"unix:api.sock\"\n[provider.corp]{known}");
    assert_eq!(loaded(&alone).unwrap().routes, []);
    let nothing = alone.replace("[api]\nlisten = \"unix:api.sock\"", "");
    assert!(loaded(&nothing).unwrap_err().contains("it listens nowhere"));
}

#[test]
fn a_downstream_api_has_a_target_and_perhaps_a_place() {
    let api =
        |more: &str| loaded(&with_api("unix:api.sock", &format!("[api.downstream.graph]\n{more}")));
    let exchange = "exchange = { scope = \"https://graph.example/Mail.Read\" }";
    let placed = format!("{exchange}\nbase_url = \"https://graph.example/v1.0\"\npath = \"/me\"");
    let [graph] = api(&placed).unwrap().api.unwrap().downstream.try_into().unwrap();
    let base = graph.base.unwrap();
    assert_eq!(
        (&*graph.name, &*graph.provider, &graph.method),
        ("graph", "corp", &reqwest::Method::GET)
    );
    assert_eq!((&*base.path, &*base.relative), ("/v1.0/", "me"));
    assert_eq!(base.upstream.origin.to_string(), "https://graph.example/");
    let [graph] = api(exchange).unwrap().api.unwrap().downstream.try_into().unwrap();
    assert_eq!(graph.base, None);
    for (more, told) in [
        ("exchange = { scope = \"Mail.Read\" }".to_owned(), "points at no resource"),
        (format!("{exchange}\nbase_url = \"graph.example\""), "is no place of an API"),
        (
            format!("{exchange}\nbase_url = \"https://graph.example/a/../b?c\""),
            "is no place of an API",
        ),
        (format!("{exchange}\nmethod = \"get\""), "in capitals"),
        ("base_url = \"https://graph.example\"".to_owned(), "`exchange` is missing"),
    ] {
        let mistakes = api(&more).unwrap_err();
        assert!(mistakes.contains(told), "{more}: {mistakes}");
    }
}

#[test]
fn a_way_out_leads_where_the_file_says() {
    let out = |more: &str| {
        let egress = format!("[egress]\n{more}\n[inbound]");
        loaded(&WHOLE.replace("[inbound]", &egress).replace("\"none\"", "\"handle\""))
    };
    let listen = "listen = \"127.0.0.1:3128\"";
    let exchange = "exchange = { scope = \"api://data/Rows.Read\", provider = \"corp\" }";
    let target = |host: &str, more: &str| {
        format!("{listen}\n[[egress.target]]\nhost = \"{host}\"\n{exchange}\n{more}")
    };
    let config = out(&target("data.internal:8080", "")).unwrap();
    assert_eq!(config.routes[2].exchange, Exchange::Handle);
    let [data] = config.egress.as_slice() else { panic!("one") };
    let upstream = data.route.upstream.as_ref().unwrap();
    assert_eq!(
        (data.port, upstream.origin.to_string()),
        (8080, "http://data.internal:8080/".into())
    );
    assert_eq!(data.route.matching.host.as_deref(), Some("data.internal"));
    let config = out(&target("data.internal", "upstream = \"https://data.example\"")).unwrap();
    assert_eq!(config.egress[0].port, 80);
    for (more, told) in [
        (target("data.internal/a", ""), "is no host"),
        (target("data.internal", "upstream = \"data.example\""), "is no upstream"),
        (target("data.internal", "").replace("127.0.0.1", "0.0.0.0"), "get tokens there"),
        (format!("{listen}\ntarget = []"), "it leads nowhere"),
        (format!("{}\n[handles]\nmost = 0", target("a.internal", "")), "so many cannot be kept"),
    ] {
        let mistakes = out(&more).unwrap_err();
        assert!(mistakes.contains(told), "{more}: {mistakes}");
    }
}
