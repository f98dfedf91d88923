// MSAL for Java, as the application {{ f.name }}. Save it as SteadClient.java, then: SteadClient.app()
{% if let Some(ca) = f.ca -%}
// Java trusts what is in a key store. Make one, and name it when the program starts:
//   keytool -importcert -noprompt -alias stead -file {{ ca }} -keystore stead.p12 -storepass changeit
//   java -Djavax.net.ssl.trustStore=stead.p12 -Djavax.net.ssl.trustStorePassword=changeit …
{% endif -%}
{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
// And with the secret, of which only the hash is on file: export {{ name }}=…
{% when Proof::Federated -%}
// And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
{% when _ -%}
{% endmatch -%}
{% if f.is_public() -%}
import com.microsoft.aad.msal4j.PublicClientApplication;
{%- else -%}
import com.microsoft.aad.msal4j.ClientCredentialFactory;
import com.microsoft.aad.msal4j.ConfidentialClientApplication;
import com.microsoft.aad.msal4j.IClientCredential;
{%- match f.proof %}
{%- when Proof::Certificate(_) %}
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
{%- when Proof::Secret(Kept::Variable(_)) %}
{%- when _ %}
import java.nio.file.Files;
import java.nio.file.Path;
{%- endmatch %}
{%- endif %}

public final class SteadClient {
    private SteadClient() {}
{% if f.is_public() %}
    public static PublicClientApplication app() throws Exception {
        return PublicClientApplication.builder({{ f.client_id }})
{%- else %}
    public static ConfidentialClientApplication app() throws Exception {
        return ConfidentialClientApplication.builder({{ f.client_id }}, credential())
{%- endif %}
                .authority({{ f.authority_slash }})
{%- if !f.alias %}
                // The host is none of Microsoft's: nobody there is asked about it.
                .instanceDiscovery(false)
{%- endif %}
                .build();
    }
{%- match f.proof %}
{%- when Proof::Secret(Kept::Variable(name)) %}

    private static IClientCredential credential() {
        return ClientCredentialFactory.createFromSecret(System.getenv("{{ name }}"));
    }
{%- when Proof::Secret(Kept::File(path)) %}

    private static IClientCredential credential() throws Exception {
        return ClientCredentialFactory.createFromSecret(Files.readString(Path.of({{ path }})).trim());
    }
{%- when Proof::Certificate(pem) %}

    private static IClientCredential credential() throws Exception {
        String pem = Files.readString(Path.of({{ pem.key }})).replaceAll("-----[^-]+-----|\\s", "");
        PKCS8EncodedKeySpec written = new PKCS8EncodedKeySpec(Base64.getDecoder().decode(pem));
        PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(written);
        try (InputStream file = Files.newInputStream(Path.of({{ pem.cert }}))) {
            CertificateFactory certificates = CertificateFactory.getInstance("X.509");
            X509Certificate certificate = (X509Certificate) certificates.generateCertificate(file);
            return ClientCredentialFactory.createFromCertificate(key, certificate);
        }
    }
{%- when Proof::Federated %}

    private static IClientCredential credential() {
        Path file = Path.of(System.getenv("AZURE_FEDERATED_TOKEN_FILE"));
        return ClientCredentialFactory.createFromCallback(() -> Files.readString(file).trim());
    }
{%- when Proof::Nothing %}
{%- endmatch %}
}
