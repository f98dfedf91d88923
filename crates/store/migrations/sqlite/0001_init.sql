-- Everything is kept as the JSON of the model; columns beside it are what it is looked up by.
-- `until` says when a row may leave the file.

-- About the file itself.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
  number INTEGER PRIMARY KEY,
  id     TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE applications (
  tenant INTEGER NOT NULL REFERENCES tenants,
  id     TEXT NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;

-- Every name by which a token can be addressed to an application, in its canonical form.
CREATE TABLE application_names (
  tenant      INTEGER NOT NULL,
  name        TEXT NOT NULL,
  application TEXT NOT NULL,
  PRIMARY KEY (tenant, name),
  FOREIGN KEY (tenant, application) REFERENCES applications ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX application_names_of ON application_names (tenant, application);

CREATE TABLE users (
  tenant   INTEGER NOT NULL REFERENCES tenants,
  id       TEXT NOT NULL,
  username TEXT NOT NULL, -- in lower case
  json     TEXT NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, username)
) STRICT;

CREATE TABLE user_groups (
  tenant INTEGER NOT NULL REFERENCES tenants,
  id     TEXT NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;

CREATE TABLE consents (
  tenant   INTEGER NOT NULL REFERENCES tenants,
  id       TEXT NOT NULL,
  client   TEXT NOT NULL,
  resource TEXT NOT NULL,
  user     TEXT NOT NULL, -- who gave it for themselves; empty if an administrator gave it
  json     TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX consents_by_client ON consents (tenant, client, resource, user);

CREATE TABLE sessions (
  tenant  INTEGER NOT NULL REFERENCES tenants,
  id      TEXT NOT NULL,
  user    TEXT NOT NULL,
  secret  BLOB NOT NULL, -- hash of the browser's cookie
  started INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  json    TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
) STRICT;
CREATE INDEX sessions_by_secret ON sessions (tenant, secret);
CREATE INDEX sessions_by_user ON sessions (tenant, user, started);
CREATE INDEX sessions_by_until ON sessions (tenant, until);

-- Hash of what the client holds, and when it was used, if it was.
CREATE TABLE codes (
  tenant INTEGER NOT NULL REFERENCES tenants,
  hash   BLOB NOT NULL,
  spent  INTEGER,
  until  INTEGER NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, hash)
) STRICT;
CREATE INDEX codes_by_until ON codes (tenant, until);

CREATE TABLE refresh_tokens (
  tenant INTEGER NOT NULL REFERENCES tenants,
  hash   BLOB NOT NULL,
  spent  INTEGER,
  until  INTEGER NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, hash)
) STRICT;
CREATE INDEX refresh_tokens_by_until ON refresh_tokens (tenant, until);

-- Names that work once and were used.
CREATE TABLE once (
  tenant INTEGER NOT NULL REFERENCES tenants,
  hash   BLOB NOT NULL,
  until  INTEGER NOT NULL,
  PRIMARY KEY (tenant, hash)
) STRICT;
CREATE INDEX once_by_until ON once (tenant, until);

-- For each thing ever revoked, the fact that counts.
CREATE TABLE revocations (
  tenant INTEGER NOT NULL REFERENCES tenants,
  kind   TEXT NOT NULL,
  id     TEXT NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
) STRICT;

CREATE TABLE signing_keys (
  tenant    INTEGER NOT NULL REFERENCES tenants,
  kid       TEXT NOT NULL,
  published INTEGER NOT NULL,
  json      TEXT NOT NULL, -- the private part is sealed under the master key
  PRIMARY KEY (tenant, kid)
) STRICT;

CREATE TABLE trusted_issuers (
  tenant INTEGER NOT NULL REFERENCES tenants,
  issuer TEXT NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, issuer)
) STRICT;

-- Append-only. `place` is the tenant's number and the record's number in one, (tenant << 40) + seq, so
-- that the table's own key is the only one needed to keep and walk the chain.
CREATE TABLE records (
  place   INTEGER PRIMARY KEY,
  trace   TEXT NOT NULL,
  subject TEXT,
  client  TEXT,
  denied  INTEGER NOT NULL,
  hash    BLOB NOT NULL,
  json    TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_trace ON records (trace);

-- The end of each chain, kept beside it so that a missing tail is noticed; and the latest instant on it.
CREATE TABLE chain_heads (
  tenant INTEGER PRIMARY KEY REFERENCES tenants,
  seq    INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  at     INTEGER NOT NULL
) STRICT;
