//! Which path is which, and the machine description of all of them: both from one table.

use crate::admin::types::ErrorBody;
use crate::admin::{
    applications, consents, desk, explain, factors, faults, groups, health, keys, records,
    revocations, sessions, users,
};
use crate::app::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, post, put};
use std::collections::BTreeMap;
use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{
    Content, ObjectBuilder, OpenApi as Document, Ref, RefOr, Required, Response, ResponseBuilder,
    Schema, Type,
};
use utoipa::{Modify, OpenApi};

/// Longest body taken, in bytes: an application with its key sets.
const MAX_BODY: usize = 512 * 1024;

/// Where the machine description is. It needs no token: it holds nothing but what is in the source.
const DESCRIPTION: &str = "/admin/v1/openapi.json";

macro_rules! routes {
    ($($method:ident $path:literal => $module:ident::$handler:ident),+ $(,)?) => {
        /// Every method and path below the description's own: what the router serves, and what the
        /// description has to describe.
        pub const ROUTES: &[(&str, &str)] = &[$((stringify!($method), $path)),+];

        fn table() -> Router<App> {
            Router::new()$(.route($path, $method($module::$handler)))+
        }

        #[derive(OpenApi)]
        #[openapi(
            info(
                title = "Stead admin API",
                description = "Who may change what. The words are those of the resource files."
            ),
            paths($($module::$handler),+),
            components(schemas(ErrorBody)),
            modifiers(&Common),
            security(("admin_token" = []))
        )]
        struct Description;
    };
}

routes! {
    get "/admin/v1/{tenant}/health" => health::health,
    get "/admin/v1/{tenant}/applications" => applications::list,
    get "/admin/v1/{tenant}/applications/{id}" => applications::get,
    put "/admin/v1/{tenant}/applications/{id}" => applications::replace,
    delete "/admin/v1/{tenant}/applications/{id}" => applications::delete,
    post "/admin/v1/{tenant}/applications/{id}/enable" => applications::enable,
    post "/admin/v1/{tenant}/applications/{id}/disable" => applications::disable,
    post "/admin/v1/{tenant}/applications/{id}/secrets" => applications::add_secret,
    delete "/admin/v1/{tenant}/applications/{id}/credentials/{credential}"
        => applications::remove_credential,
    get "/admin/v1/{tenant}/users" => users::list,
    post "/admin/v1/{tenant}/users" => users::add,
    get "/admin/v1/{tenant}/users/{id}" => users::get,
    put "/admin/v1/{tenant}/users/{id}" => users::replace,
    delete "/admin/v1/{tenant}/users/{id}" => users::delete,
    post "/admin/v1/{tenant}/users/{id}/enable" => users::enable,
    post "/admin/v1/{tenant}/users/{id}/disable" => users::disable,
    put "/admin/v1/{tenant}/users/{id}/password" => users::set_password,
    post "/admin/v1/{tenant}/users/{id}/sign-out" => users::sign_out,
    get "/admin/v1/{tenant}/users/{id}/factors" => factors::get,
    delete "/admin/v1/{tenant}/users/{id}/factors" => factors::reset,
    delete "/admin/v1/{tenant}/users/{id}/factors/{factor}" => factors::reset_one,
    get "/admin/v1/{tenant}/groups" => groups::list,
    get "/admin/v1/{tenant}/groups/{id}" => groups::get,
    put "/admin/v1/{tenant}/groups/{id}" => groups::replace,
    delete "/admin/v1/{tenant}/groups/{id}" => groups::delete,
    get "/admin/v1/{tenant}/consents" => consents::list,
    post "/admin/v1/{tenant}/consents" => consents::give,
    get "/admin/v1/{tenant}/consents/{id}" => consents::get,
    delete "/admin/v1/{tenant}/consents/{id}" => consents::withdraw,
    get "/admin/v1/{tenant}/sessions" => sessions::list,
    get "/admin/v1/{tenant}/sessions/{id}" => sessions::get,
    delete "/admin/v1/{tenant}/sessions/{id}" => sessions::end,
    get "/admin/v1/{tenant}/keys" => keys::list,
    post "/admin/v1/{tenant}/keys/rotate" => keys::rotate,
    post "/admin/v1/{tenant}/keys/{id}/revoke" => keys::revoke,
    get "/admin/v1/{tenant}/faults" => faults::list,
    post "/admin/v1/{tenant}/faults" => faults::set,
    delete "/admin/v1/{tenant}/faults" => faults::clear_all,
    delete "/admin/v1/{tenant}/faults/{id}" => faults::clear,
    get "/admin/v1/{tenant}/records" => records::list,
    get "/admin/v1/{tenant}/records/verify" => records::verify,
    get "/admin/v1/{tenant}/revocations" => revocations::list,
    post "/admin/v1/{tenant}/revocations" => revocations::revoke,
    post "/admin/v1/{tenant}/explain" => explain::explain,
}

/// The admin API.
pub fn router(app: App) -> Router {
    table()
        .fallback(desk::nowhere)
        .method_not_allowed_fallback(desk::wrong_method)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(app.clone(), desk::door))
        .route(DESCRIPTION, get(async || desk::answer(description())))
        .with_state(app)
}

/// The machine description, as `OpenAPI` 3.1.
#[must_use]
pub fn description() -> Document {
    Description::openapi()
}

/// The entries that can be changed on the condition that they are what somebody saw.
const CONDITIONAL: [&str; 3] = [
    "/admin/v1/{tenant}/applications/{id}",
    "/admin/v1/{tenant}/users/{id}",
    "/admin/v1/{tenant}/groups/{id}",
];

/// What all operations have in common, said once: the parameters in the path, the token, the errors.
struct Common;

impl Modify for Common {
    fn modify(&self, document: &mut Document) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("The token in the server's admin token file."));
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("admin_token", SecurityScheme::Http(scheme.build()));
        "1".clone_into(&mut document.info.version);
        document.info.license = None;
        open_entries(&mut components.schemas);
        for (path, item) in &mut document.paths.paths {
            if CONDITIONAL.iter().any(|entry| path.starts_with(entry)) {
                changes(item).for_each(add_condition);
            }
            for operation in operations(item) {
                add_path_parameters(path, operation);
                add_errors(operation);
                operation.security =
                    Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>("admin_token", [])]);
            }
        }
    }
}

/// Entries are shown with an id beside them (`allOf`), which a schema that allows nothing further would
/// forbid. That unknown members are refused in what is sent is said by the answer instead.
fn open_entries(schemas: &mut BTreeMap<String, RefOr<Schema>>) {
    for name in ["ApplicationBody", "UserBody"] {
        if let Some(RefOr::T(Schema::Object(entry))) = schemas.get_mut(name) {
            entry.additional_properties = None;
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

fn changes(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
}

fn add_condition(operation: &mut Operation) {
    let condition = ParameterBuilder::new()
        .name("If-Match")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "The `ETag` of the entry as it was seen: if it is another by now, nothing changes.",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(condition.into());
    let stale = RefOr::T(error("The entry is not what `If-Match` says"));
    operation.responses.responses.insert("412".to_owned(), stale);
}

fn add_path_parameters(path: &str, operation: &mut Operation) {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let said = names.map(|name| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Path)
            .required(Required::True)
            .description(Some(what_is(name)))
            .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
            .build()
    });
    let asked = operation.parameters.take().unwrap_or_default();
    operation.parameters = Some(said.map(RefOr::T).chain(asked).collect());
}

fn what_is(parameter: &str) -> &'static str {
    match parameter {
        "tenant" => "The tenant, by name or id.",
        "credential" => "What the credential is called.",
        _ => "The id, percent-encoded.",
    }
}

fn add_errors(operation: &mut Operation) {
    for (status, when) in [
        ("400", "The body is no JSON, or names a member twice"),
        ("401", "The admin token is missing or wrong"),
        ("404", "There is no such thing"),
        ("409", "A resource file has the last word on it, or what is on file does not allow it"),
        ("422", "What was sent is not sound; all mistakes at once"),
        ("503", "The store could not answer, or there is too much to do"),
    ] {
        operation.responses.responses.insert(status.to_owned(), RefOr::T(error(when)));
    }
}

fn error(when: &str) -> Response {
    let schema = Ref::from_schema_name("ErrorBody");
    let content = Content::new(Some(RefOr::<Schema>::Ref(schema)));
    ResponseBuilder::new().description(when).content("application/json", content).build()
}
