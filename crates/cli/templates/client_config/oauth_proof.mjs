{% match f.proof -%}
{% when Proof::Secret(Kept::Variable(name)) -%}
// And with the secret, of which only the hash is on file: export {{ name }}=…
{% when Proof::Secret(Kept::File(_)) -%}
import { readFileSync } from "node:fs";
{% when Proof::Certificate(_) -%}
import { readFileSync } from "node:fs";
{% when Proof::Federated -%}
// And with the file that holds a token of the issuer it trusts: export AZURE_FEDERATED_TOKEN_FILE=…
import { readFile } from "node:fs/promises";
{% when Proof::Nothing -%}
{% endmatch -%}
