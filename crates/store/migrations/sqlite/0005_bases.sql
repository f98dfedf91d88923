-- Where the kept part of a chain begins, if its oldest records have left: the last record that did.
CREATE TABLE chain_bases (
  tenant INTEGER PRIMARY KEY REFERENCES tenants,
  seq    INTEGER NOT NULL,
  hash   BLOB NOT NULL
) STRICT;
