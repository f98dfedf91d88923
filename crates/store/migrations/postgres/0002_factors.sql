-- What users can prove beside their password. Goes with the user.
CREATE TABLE factors (
  tenant  BIGINT NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  json    TEXT NOT NULL, -- the secret of one-time codes is sealed under the master key
  PRIMARY KEY (tenant, subject),
  FOREIGN KEY (tenant, subject) REFERENCES users (tenant, id) ON DELETE CASCADE
);

-- Whose each passkey is: it may be presented without a user name.
CREATE TABLE passkeys (
  tenant     BIGINT NOT NULL,
  credential TEXT NOT NULL,
  subject    TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, credential),
  FOREIGN KEY (tenant, subject) REFERENCES factors (tenant, subject) ON DELETE CASCADE
);
CREATE INDEX passkeys_of ON passkeys (tenant, subject);
