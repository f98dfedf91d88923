-- Where the kept part of a chain begins, if its oldest records have left: the last record that did.
CREATE TABLE chain_bases (
  tenant BIGINT NOT NULL,
  chain  BIGINT NOT NULL,
  seq    BIGINT NOT NULL,
  hash   BYTEA NOT NULL,
  PRIMARY KEY (tenant, chain)
);
