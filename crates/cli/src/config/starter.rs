//! What `stead init` writes: a commented `stead.toml` and an example of resources that serve as they are.

/// `stead.toml`.
pub const STEAD_TOML: &str = include_str!("starter/stead.toml");

/// `resources/example.toml`.
pub const EXAMPLE_TOML: &str = include_str!("starter/example.toml");

/// The secrets that the example points to.
pub const SECRETS: [&str; 2] = ["reports-api", "alice"];
