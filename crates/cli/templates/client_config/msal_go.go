// Package steadclient is MSAL for Go, as the application {{ f.name }}. Save it as steadclient/client.go.
{% if let Some(ca) = f.ca -%}
// Before the program starts: export SSL_CERT_FILE={{ ca }}
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
// And with the secret, of which only the hash is on file: export {{ name }}=…
{% when Proof::Federated -%}
// And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
{% when _ -%}
{% endmatch -%}
package steadclient

{% if f.is_public() -%}
import "github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"

// App makes the client.
func App() (public.Client, error) {
	return public.New(
		{{ f.client_id }},
		public.WithAuthority({{ f.authority }}),
{%- if !f.alias %}
		// The host is none of Microsoft's: nobody there is asked about it.
		public.WithInstanceDiscovery(false),
{%- endif %}
	)
}
{%- else -%}
import (
{%- if let Proof::Federated = f.proof %}
	"context"
{%- endif %}
	"os"
{%- match f.proof %}
{%- when Proof::Certificate(_) %}
{%- when _ %}
	"strings"
{%- endmatch %}

	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/confidential"
)

// App makes the client.
func App() (confidential.Client, error) {
	credential, err := credential()
	if err != nil {
		return confidential.Client{}, err
	}
	return confidential.New(
		{{ f.authority }},
		{{ f.client_id }},
		credential,
{%- if !f.alias %}
		// The host is none of Microsoft's: nobody there is asked about it.
		confidential.WithInstanceDiscovery(false),
{%- endif %}
	)
}

func credential() (confidential.Credential, error) {
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}
	return confidential.NewCredFromSecret(strings.TrimSpace(os.Getenv("{{ name }}")))
{%- when Proof::Secret(Kept::File(path)) %}
	secret, err := os.ReadFile({{ path }})
	if err != nil {
		return confidential.Credential{}, err
	}
	return confidential.NewCredFromSecret(strings.TrimSpace(string(secret)))
{%- when Proof::Certificate(pem) %}
	pem, err := os.ReadFile({{ pem.both }})
	if err != nil {
		return confidential.Credential{}, err
	}
	certificates, key, err := confidential.CertFromPEM(pem, "")
	if err != nil {
		return confidential.Credential{}, err
	}
	return confidential.NewCredFromCert(certificates, key)
{%- when Proof::Federated %}
	return confidential.NewCredFromAssertionCallback(
		func(context.Context, confidential.AssertionRequestOptions) (string, error) {
			token, err := os.ReadFile(os.Getenv("AZURE_FEDERATED_TOKEN_FILE"))
			return strings.TrimSpace(string(token)), err
		},
	), nil
{%- when Proof::Nothing %}
{%- endmatch %}
}
{%- endif %}
