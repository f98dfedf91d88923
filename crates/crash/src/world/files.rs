//! What stands in the files: one front end, one middle tier, one API behind it, and many users.

use std::fmt::Write as _;

/// The tenant's id.
pub const TENANT: &str = "11111111-1111-4111-8111-111111111111";
/// The front end, where users sign in.
pub const FRONT: &str = "front";
/// The middle tier, which acts for them.
pub const MIDDLE: &str = "middle";
/// What the front end's tokens are for.
pub const AUDIENCE: &str = "api://middle";
/// What the middle tier exchanges them for.
pub const BACK: &str = "api://back";
/// Where the front end gets its codes.
pub const REDIRECT: &str = "https://front.example/back";

/// Plain HTTP on free ports, as behind a proxy; certificates are not what is to fail here.
const PROCESS: &str = r#"public_url = "https://id.example"
data_dir   = "data"

[listen]
https   = "127.0.0.1:0"
admin   = "127.0.0.1:0"
metrics = "127.0.0.1:0"

[tls]
behind_proxy = ["127.0.0.1"]

[tokens]
code = "15m"

[log]
level = "warn"

[[tenant]]
name      = "acme"
id        = "11111111-1111-4111-8111-111111111111"
resources = ["resources.toml"]
"#;

/// The process file; without a database, the server keeps a file of its own.
pub(super) fn process(database: Option<&str>) -> String {
    let store = database.map(|url| format!("\n[store]\nurl = \"{url}\"\n"));
    format!("{PROCESS}{}", store.unwrap_or_default())
}

const APPLICATIONS: &str = r#"
[[application]]
id            = "front"
kind          = "web"
redirect_uris = ["https://front.example/back"]
credentials   = [{ secret_file = "secret" }]

  [[application.permission]]
  towards = "api://middle"
  scopes  = ["Use"]
  consent = "none"

[[application]]
id            = "asking"
kind          = "web"
redirect_uris = ["https://front.example/back"]
credentials   = [{ secret_file = "secret" }]

  [[application.permission]]
  towards = "api://middle"
  scopes  = ["Use"]
  consent = "user"

[[application]]
id          = "middle"
kind        = "web-api"
audience    = "api://middle"
scopes      = { "Use" = "Use the middle tier" }
credentials = [{ secret_file = "secret" }, { jwks_file = "middle.jwks.json" }]

  [[application.may_act]]
  towards = "api://back"
  scopes  = ["Rows.Read"]
  consent = "none"

[[application]]
id       = "back"
kind     = "web-api"
audience = "api://back"
scopes   = { "Rows.Read" = "Read rows" }
"#;

/// What every user types.
pub const PASSWORD: &str = "a user of the crash tests";

/// Its hash, as cheap as can be: how slow a password is to check is not what these tests are about.
const HASH: &str = "$argon2id$v=19$m=8,t=1,p=1$bm8gc2FsdCBpcyB3b3J0aCBpdA$9+rp3aGdP/Cw2yKh4KefHo1Ke0dri3u2qCTZTrJkapI";

/// The applications, and users called `user-0` and so on.
pub(super) fn resources(users: usize) -> String {
    let mut text = APPLICATIONS.to_owned();
    for user in 0..users {
        // Writing to a `String` cannot fail.
        let _ = write!(
            text,
            "\n[[user]]\nusername      = \"user-{user}\"\nname          = \"User {user}\"\npassword_hash = \"{HASH}\"\n"
        );
    }
    text
}
