//! Which page asks (`Origin`): what a page was given is taken from that page alone, and nothing else from any.

use crate::denied::Denied;
use crate::login::redirect;
use crate::model::application::{Application, Kind};

/// Refuses a code or refresh token of a single-page application that comes from elsewhere than its own
/// pages, and one of any other application that comes from a page at all. Browsers set the header and no
/// script can: whoever stole a page's code cannot redeem it through another page.
pub(crate) fn check(client: &Application, origin: Option<&str>) -> Result<(), Denied> {
    match (client.kind, origin) {
        (Kind::Spa, Some(origin)) if redirect::has_page_at(&client.redirect_uris, origin) => Ok(()),
        (Kind::Spa, _) => Err(Denied::OriginNotClients),
        (_, Some(_)) => Err(Denied::CrossOrigin),
        (_, None) => Ok(()),
    }
}
