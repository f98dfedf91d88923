// @azure/msal-browser, as the application {{ f.name }}. Save it as stead-client.mjs beside your page, then:
// import { msalConfig } from "./stead-client.mjs";
{% if let Some(ca) = f.ca -%}
// The browser has to trust {{ ca }}: import it there, or open {{ f.base }} once and go on.
{% endif -%}
export const msalConfig = {
  auth: {
    clientId: {{ f.client_id }},
    authority: {{ f.authority }},
{%- if !f.alias %}
    // The host is none of Microsoft's: nobody there is asked about it. The port belongs to its name.
    knownAuthorities: [{{ f.host }}],
{%- endif %}
{%- match f.redirect %}
{%- when Redirect::AnyPort %}
    // Popups and silent sign-in come back to a page that calls broadcastResponseToMainFrame of
    // "@azure/msal-browser/redirect-bridge"; a redirect may come back to any page that is registered.
    redirectUri: window.location.origin,
    postLogoutRedirectUri: window.location.origin,
{%- when Redirect::At(uri) %}
    redirectUri: {{ uri }},
{%- when Redirect::Nowhere %}
{%- endmatch %}
  },
  cache: { cacheLocation: "sessionStorage" },
};
