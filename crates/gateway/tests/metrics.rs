//! What a gateway counts: alone in its process, since all of one process add to the same numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot set up should stop")]

use stead::Clock;
use stead_gateway::config::{
    Cache, Exchange, GatewayConfig, Inbound, Listen, Matching, OnChallenge, PathPattern, Patience,
    ProviderConfig, Route, Speaks, Upstream, WhenDown,
};
use stead_gateway::hygiene::headers::Strip;
use stead_gateway::start;

fn config() -> GatewayConfig {
    // Nobody listens on a port that was let go.
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let any = Some("127.0.0.1:0".parse().unwrap());
    GatewayConfig {
        listen: Listen {
            proxy: any,
            tls: None,
            ext_authz: None,
            api: None,
            egress: None,
            metrics: any,
        },
        providers: vec![ProviderConfig::new("corp", format!("http://{nobody}/acme"))],
        inbound: Inbound {
            providers: vec!["corp".to_owned()],
            audiences: vec!["api://a".to_owned()],
            strip: Strip::and([]).unwrap(),
            resource: None,
            dpop: None,
        },
        routes: vec![Route {
            name: "open".to_owned(),
            matching: Matching {
                host: None,
                path: PathPattern::Under("/open/".to_owned()),
                methods: Vec::new(),
            },
            upstream: Some(Upstream {
                origin: format!("http://{nobody}").parse().unwrap(),
                speaks: Speaks::Usual,
            }),
            require: None,
            exchange: Exchange::None,
            on_challenge: OnChallenge::Pass,
        }],
        egress: Vec::new(),
        handles: stead_gateway::config::HandlesConfig::default(),
        api: None,
        cache: Cache::default(),
        when_down: WhenDown::default(),
        patience: Patience::default(),
        trust: Vec::new(),
        telemetry: None,
    }
}

#[tokio::test]
async fn kg_19_requests_are_counted_by_route_reloads_by_how_they_ended_and_nothing_is_told_of_who_asked()
 {
    let running = start(config(), Clock::system()).await.unwrap();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = async |address, path: &str| {
        let request = http.get(format!("http://{address}{path}")).bearer_auth("mallory.mallory.m");
        request.header("x-user", "mallory").send().await.unwrap().text().await.unwrap()
    };
    let proxy = running.proxy().unwrap();
    for path in ["/open/a", "/open/b", "/mallory-made-this-up"] {
        get(proxy, path).await;
    }
    running.reload(config()).unwrap();
    let mut bad = config();
    bad.providers[0].issuer = "no URL".to_owned();
    running.reload(bad).unwrap_err();

    let shown = get(running.metrics().unwrap(), "/metrics").await;
    for line in [
        "stead_requests_total{route=\"open\",code=\"502\"} 2",
        "stead_requests_total{route=\"none\",code=\"404\"} 1",
        "stead_config_reloads_total{result=\"ok\"} 1",
        "stead_config_reloads_total{result=\"bad\"} 1",
        "stead_config_generation 2",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    assert!(!shown.contains("mallory"), "what a request said is in a label");
}
