//! Interactive sign-ins, as a browser and its front end make them.

mod sign_in;

pub use sign_in::{Front, sign_in};
