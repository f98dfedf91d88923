-- What devices asked for whose users sign in elsewhere. `user_code` is what the user types; of two devices
-- that had the same, the later one has it.
CREATE TABLE devices (
  tenant    BIGINT NOT NULL,
  hash      BYTEA NOT NULL, -- of the device code
  user_code TEXT,
  until     BIGINT NOT NULL,
  json      TEXT NOT NULL,
  PRIMARY KEY (tenant, hash),
  UNIQUE (tenant, user_code)
);
CREATE INDEX devices_by_until ON devices (tenant, until);
