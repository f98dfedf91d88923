-- Everything is kept as the JSON of the model; columns beside it are what it is looked up by.
-- `until` says when a row may leave. Instants are milliseconds since 1970, but for leases, which go by the
-- database's own clock. Only plain types and statements, so that relatives of PostgreSQL take them too.

-- About the database itself.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value BYTEA NOT NULL
);

-- The nodes that write, each its own chain of records, as long as its lease runs.
CREATE TABLE nodes (
  chain  BIGINT PRIMARY KEY,
  holder BYTEA NOT NULL,
  until  TIMESTAMPTZ NOT NULL
);

-- `version` counts what changed of what nodes remember: without gaps, in the order of commits, since whoever
-- changes such a thing holds this row.
CREATE TABLE tenants (
  number  BIGINT PRIMARY KEY,
  id      TEXT NOT NULL UNIQUE,
  version BIGINT NOT NULL DEFAULT 0
);

-- What changed with each version, for nodes to forget.
CREATE TABLE changes (
  tenant  BIGINT NOT NULL,
  version BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  id      TEXT NOT NULL,
  PRIMARY KEY (tenant, version, kind, id)
);

CREATE TABLE applications (
  tenant BIGINT NOT NULL,
  id     TEXT COLLATE "C" NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);

-- Every name by which a token can be addressed to an application, in its canonical form.
CREATE TABLE application_names (
  tenant      BIGINT NOT NULL,
  name        TEXT NOT NULL,
  application TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, name),
  FOREIGN KEY (tenant, application) REFERENCES applications (tenant, id) ON DELETE CASCADE
);
CREATE INDEX application_names_of ON application_names (tenant, application);

CREATE TABLE users (
  tenant   BIGINT NOT NULL,
  id       TEXT COLLATE "C" NOT NULL,
  username TEXT NOT NULL, -- in lower case
  json     TEXT NOT NULL,
  PRIMARY KEY (tenant, id),
  UNIQUE (tenant, username)
);

CREATE TABLE user_groups (
  tenant BIGINT NOT NULL,
  id     TEXT COLLATE "C" NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);

CREATE TABLE consents (
  tenant   BIGINT NOT NULL,
  id       TEXT COLLATE "C" NOT NULL,
  client   TEXT NOT NULL,
  resource TEXT NOT NULL,
  subject  TEXT NOT NULL, -- who gave it for themselves; empty if an administrator gave it
  json     TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX consents_by_client ON consents (tenant, client, resource, subject);

CREATE TABLE sessions (
  tenant  BIGINT NOT NULL,
  id      TEXT COLLATE "C" NOT NULL,
  subject TEXT NOT NULL,
  secret  BYTEA NOT NULL, -- hash of the browser's cookie
  started BIGINT NOT NULL,
  expires BIGINT NOT NULL,
  until   BIGINT NOT NULL,
  json    TEXT NOT NULL,
  PRIMARY KEY (tenant, id)
);
CREATE INDEX sessions_by_secret ON sessions (tenant, secret);
CREATE INDEX sessions_by_subject ON sessions (tenant, subject, started);
CREATE INDEX sessions_by_until ON sessions (tenant, until);

-- Hash of what the client holds, and when it was used, if it was.
CREATE TABLE codes (
  tenant BIGINT NOT NULL,
  hash   BYTEA NOT NULL,
  spent  BIGINT,
  until  BIGINT NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX codes_by_until ON codes (tenant, until);

CREATE TABLE refresh_tokens (
  tenant BIGINT NOT NULL,
  hash   BYTEA NOT NULL,
  spent  BIGINT,
  until  BIGINT NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX refresh_tokens_by_until ON refresh_tokens (tenant, until);

-- Names that work once and were used.
CREATE TABLE once (
  tenant BIGINT NOT NULL,
  hash   BYTEA NOT NULL,
  until  BIGINT NOT NULL,
  PRIMARY KEY (tenant, hash)
);
CREATE INDEX once_by_until ON once (tenant, until);

-- For each thing ever revoked, the fact that counts, and with which version it came to count.
CREATE TABLE revocations (
  tenant  BIGINT NOT NULL,
  kind    TEXT NOT NULL,
  id      TEXT NOT NULL,
  version BIGINT NOT NULL,
  json    TEXT NOT NULL,
  PRIMARY KEY (tenant, kind, id)
);
CREATE INDEX revocations_by_version ON revocations (tenant, version);

CREATE TABLE signing_keys (
  tenant    BIGINT NOT NULL,
  kid       TEXT COLLATE "C" NOT NULL,
  published BIGINT NOT NULL,
  json      TEXT NOT NULL, -- the private part is sealed under the master key
  PRIMARY KEY (tenant, kid)
);

CREATE TABLE trusted_issuers (
  tenant BIGINT NOT NULL,
  issuer TEXT COLLATE "C" NOT NULL,
  json   TEXT NOT NULL,
  PRIMARY KEY (tenant, issuer)
);

-- Append-only. Each node appends to a chain of its own; that a place is taken once makes a fork impossible.
CREATE TABLE records (
  tenant  BIGINT NOT NULL,
  chain   BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  trace   TEXT NOT NULL,
  subject TEXT,
  client  TEXT,
  denied  BOOLEAN NOT NULL,
  hash    BYTEA NOT NULL,
  json    TEXT NOT NULL,
  PRIMARY KEY (tenant, chain, seq)
);
CREATE INDEX records_by_trace ON records (trace);

-- The end of each chain, kept beside it so that a missing tail is noticed; and the latest instant on it.
CREATE TABLE chain_heads (
  tenant BIGINT NOT NULL,
  chain  BIGINT NOT NULL,
  seq    BIGINT NOT NULL,
  hash   BYTEA NOT NULL,
  at     BIGINT NOT NULL,
  PRIMARY KEY (tenant, chain)
);
