// MSAL.NET, as the application {{ f.name }}. Save it as SteadClient.cs, then: SteadClient.App
{% if let Some(ca) = f.ca -%}
// On Linux, before the program starts: export SSL_CERT_FILE={{ ca }}
// Elsewhere that certificate belongs among the trusted roots of the machine.
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
// And with the secret, of which only the hash is on file: export {{ name }}=…
{% when Proof::Federated -%}
// And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
{% when _ -%}
{% endmatch -%}
using System;
using System.IO;
{%- if let Proof::Certificate(_) = f.proof %}
using System.Security.Cryptography.X509Certificates;
{%- endif %}
using Microsoft.Identity.Client;

public static class SteadClient
{
{%- if f.is_public() %}
    public static readonly IPublicClientApplication App = PublicClientApplicationBuilder
        .Create({{ f.client_id }})
        .WithRedirectUri("http://localhost")
{%- else %}
    public static readonly IConfidentialClientApplication App = ConfidentialClientApplicationBuilder
        .Create({{ f.client_id }})
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
        .WithClientSecret(Environment.GetEnvironmentVariable("{{ name }}"))
{%- when Proof::Secret(Kept::File(path)) %}
        .WithClientSecret(File.ReadAllText({{ path }}).Trim())
{%- when Proof::Certificate(pem) %}
        .WithCertificate(X509Certificate2.CreateFromPemFile({{ pem.cert }}, {{ pem.key }}))
{%- when Proof::Federated %}
        .WithClientAssertion(async (AssertionRequestOptions _) =>
            (await File.ReadAllTextAsync(Environment.GetEnvironmentVariable("AZURE_FEDERATED_TOKEN_FILE"))).Trim())
{%- when Proof::Nothing %}
{%- endmatch %}
{%- endif %}
{%- if f.alias %}
        .WithAuthority({{ f.authority }})
{%- else %}
        // The host is none of Microsoft's: nobody there is asked about it.
        .WithAuthority({{ f.authority }}, validateAuthority: false)
        .WithInstanceDiscovery(false)
{%- endif %}
        .Build();
}
