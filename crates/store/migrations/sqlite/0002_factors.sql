-- What users can prove beside their password. Goes with the user.
CREATE TABLE factors (
  tenant INTEGER NOT NULL,
  user   TEXT NOT NULL,
  json   TEXT NOT NULL, -- the secret of one-time codes is sealed under the master key
  PRIMARY KEY (tenant, user),
  FOREIGN KEY (tenant, user) REFERENCES users ON DELETE CASCADE
) STRICT;

-- Whose each passkey is: it may be presented without a user name.
CREATE TABLE passkeys (
  tenant     INTEGER NOT NULL,
  credential TEXT NOT NULL,
  user       TEXT NOT NULL,
  PRIMARY KEY (tenant, credential),
  FOREIGN KEY (tenant, user) REFERENCES factors ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_of ON passkeys (tenant, user);
