//! The cookie that holds a browser's session at one tenant.

use crate::cookie;
use http::{HeaderMap, HeaderValue};
use stead_core::model::tenant::Tenant;
use stead_proto::secret::SessionSecret;

/// The session secret the browser brought.
pub(crate) fn read(tenant: &Tenant, headers: &HeaderMap) -> Option<SessionSecret> {
    cookie::read(headers, &name(tenant)).map(SessionSecret::new)
}

/// Gives the browser its session secret; a new one at every sign-in.
pub(crate) fn set(tenant: &Tenant, secret: &SessionSecret) -> Option<HeaderValue> {
    cookie::set(&name(tenant), secret.expose())
}

/// Takes it away.
pub(crate) fn clear(tenant: &Tenant) -> Option<HeaderValue> {
    cookie::clear(&name(tenant))
}

/// A name that is no cookie name, or that would make it the cookie which says what browser this is,
/// gives way to the id.
fn name(tenant: &Tenant) -> String {
    let name = tenant.name.as_str();
    let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let free = plain && name != "browser";
    format!("__Host-stead-{}", if free { name } else { tenant.id.as_str() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use stead_proto::id::{TenantId, TenantName};

    fn tenant(name: &str) -> Tenant {
        Tenant { id: TenantId::parse("7d1b").unwrap(), name: TenantName::parse(name).unwrap() }
    }

    #[test]
    fn two_tenants_have_two_cookies_and_an_odd_name_gives_way_to_the_id() {
        assert_eq!(name(&tenant("corp")), "__Host-stead-corp");
        assert_eq!(name(&tenant("b;c=d")), "__Host-stead-7d1b");
        assert_eq!(name(&tenant("browser")), "__Host-stead-7d1b");
    }
}
