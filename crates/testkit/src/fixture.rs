//! Who and what is on file: the fixture that the specification's rows speak of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use stead_core::admin::{Desired, DesiredPassword, DesiredUser};
use stead_core::model::application::{Application, Credential, Kind};
use stead_core::model::managed::Managed;
use stead_core::model::permission::{ActsAs, ConsentRule, Edge, Permission, Whom};
use stead_core::model::user::{Group, PasswordHash, User};
use stead_core::ports::Passwords as _;
use stead_proto::id::{Audience, ClientId, GroupId, Subject, Username};
use stead_proto::scope::{Scope, ScopeSet};
use stead_proto::secret::{ClientSecret, Password};
use stead_server::passwords::Argon2Passwords;

/// Everybody's password.
pub const PASSWORD: &str = "correct horse battery staple";
/// Its hash, made once: hashing is slow on purpose.
static HASH: LazyLock<PasswordHash> =
    LazyLock::new(|| Argon2Passwords.hash(&Password::new(PASSWORD)).unwrap());

/// The secret of `web`.
pub const WEB_SECRET: &str = "web-secret-of-at-least-128-bits-0001";
/// The secret of `api-a`.
pub const API_A_SECRET: &str = "api-a-secret-of-at-least-128-bits-01";
/// The secret of `api-b`.
pub const API_B_SECRET: &str = "api-b-secret-of-at-least-128-bits-01";
/// The secret of `api-c`.
pub const API_C_SECRET: &str = "api-c-secret-of-at-least-128-bits-01";
/// The secret of `daemon`.
pub const DAEMON_SECRET: &str = "daemon-secret-of-at-least-128-bits-1";
/// Where `spa` gets its answers.
pub const SPA_CALLBACK: &str = "https://spa.example/cb";
/// Where its page is.
pub const SPA_ORIGIN: &str = "https://spa.example";
/// The first of the two places where `web` gets its answers.
pub const WEB_CALLBACK: &str = "https://web.example/cb";

/// What tenant `t1` starts with: alice, bob, mallory; spa, web, api-a, api-b, api-c, daemon, cli.
///
/// `api-a` may act towards `api-b` for `employees` (alice and mallory) without asking, and towards
/// `api-c` for everybody who an administrator consented for, which nobody has.
pub(crate) fn t1() -> Desired {
    Desired {
        applications: vec![spa(), web(), api_a(), api_b(), api_c(), daemon(), cli()],
        users: vec![
            user("alice", &["employees"]),
            user("bob", &[]),
            user("mallory", &["employees"]),
        ],
        groups: vec![Group {
            id: GroupId::parse("employees").unwrap(),
            description: "Everybody who works here".into(),
            managed: file(),
        }],
        consents: Vec::new(),
        trusted_issuers: Vec::new(),
    }
}

/// What tenant `t2` starts with: eve, and a front end and an API of the same names as in `t1`.
pub(crate) fn t2() -> Desired {
    Desired {
        applications: vec![spa(), api_a(), api_b(), api_c()],
        users: vec![user("eve", &["employees"])],
        groups: vec![Group {
            id: GroupId::parse("employees").unwrap(),
            description: String::new(),
            managed: file(),
        }],
        consents: Vec::new(),
        trusted_issuers: Vec::new(),
    }
}

fn file() -> Managed {
    Managed::File { file: "fixture.toml".into(), line: 1 }
}

fn user(name: &str, groups: &[&str]) -> DesiredUser {
    DesiredUser {
        user: User {
            id: Subject::parse(format!("user-{name}")).unwrap(),
            username: Username::parse(format!("{name}@example.com")).unwrap(),
            name: format!("{name} Example"),
            enabled: true,
            groups: groups
                .iter()
                .map(|group| GroupId::parse(*group).unwrap())
                .collect::<BTreeSet<_>>(),
            password: None,
            email: Some(format!("{name}@example.com")),
            email_verified: true,
            address: Some("1 Main Street\nSpringfield".into()),
            phone: Some("+1 555 0100".into()),
            managed: file(),
        },
        password: Some(DesiredPassword::Hash(HASH.clone())),
    }
}

fn application(id: &str, kind: Kind) -> Application {
    let application = Application::new(ClientId::parse(id).unwrap(), format!("The {id}"), kind);
    Application { managed: file(), ..application }
}

fn secret(secret: &str) -> Vec<Credential> {
    vec![Credential::Secret { hash: ClientSecret::new(secret).hash(), expires: None }]
}

fn scopes(names: &[&str]) -> BTreeMap<Scope, String> {
    names.iter().map(|name| (Scope::parse(*name).unwrap(), format!("Use {name}"))).collect()
}

fn permission(towards: &str, scopes: &str) -> Permission {
    Permission {
        towards: Audience::parse(towards).unwrap(),
        scopes: ScopeSet::parse(scopes).unwrap(),
        acts_as: ActsAs::User,
        consent: ConsentRule::None,
        exchange_by: None,
    }
}

fn edge(towards: &str, scopes: &str) -> Edge {
    let edge = Edge::new(Audience::parse(towards).unwrap(), ScopeSet::parse(scopes).unwrap());
    Edge { consent: ConsentRule::None, ..edge }
}

fn spa() -> Application {
    Application {
        redirect_uris: vec![SPA_CALLBACK.into()],
        post_logout_redirect_uris: vec!["https://spa.example/bye".into()],
        permissions: vec![permission("api://a", "A.use A.more"), permission("api://c", "C.use")],
        ..application("spa", Kind::Spa)
    }
}

fn web() -> Application {
    let mut consented = permission("api://b", "B.read");
    consented.consent = ConsentRule::User;
    Application {
        redirect_uris: vec![WEB_CALLBACK.into(), "https://web.example/other".into()],
        post_logout_redirect_uris: vec!["https://web.example/bye".into()],
        credentials: secret(WEB_SECRET),
        permissions: vec![permission("api://a", "A.use"), consented],
        ..application("web", Kind::Web)
    }
}

fn api_a() -> Application {
    let mut to_b = edge("api://b", "B.read");
    to_b.applies_to = Whom::Group(GroupId::parse("employees").unwrap());
    to_b.requires = ScopeSet::parse("A.use").unwrap();
    let mut to_c = edge("api://c", "C.use");
    to_c.consent = ConsentRule::Admin;
    Application {
        audience: Some(Audience::parse("api://a").unwrap()),
        scopes: scopes(&["A.use", "A.more"]),
        credentials: secret(API_A_SECRET),
        may_act: vec![to_b, to_c],
        ..application("api-a", Kind::WebApi)
    }
}

fn api_b() -> Application {
    Application {
        audience: Some(Audience::parse("api://b").unwrap()),
        scopes: scopes(&["B.read", "B.write"]),
        credentials: secret(API_B_SECRET),
        may_act: vec![edge("api://c", "C.use")],
        ..application("api-b", Kind::WebApi)
    }
}

fn api_c() -> Application {
    Application {
        audience: Some(Audience::parse("api://c").unwrap()),
        scopes: scopes(&["C.use"]),
        credentials: secret(API_C_SECRET),
        may_act: vec![edge("api://b", "B.read")],
        ..application("api-c", Kind::WebApi)
    }
}

fn daemon() -> Application {
    let mut as_itself = permission("api://a", "A.use");
    as_itself.acts_as = ActsAs::Itself;
    Application {
        credentials: secret(DAEMON_SECRET),
        permissions: vec![as_itself],
        ..application("daemon", Kind::Service)
    }
}

fn cli() -> Application {
    Application {
        redirect_uris: vec!["http://127.0.0.1/cb".into(), "com.example.app:/cb".into()],
        permissions: vec![permission("api://a", "A.use")],
        ..application("cli", Kind::Native)
    }
}
