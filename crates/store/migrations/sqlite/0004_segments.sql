-- Records, those of one transaction or of several in a row. `place` is the tenant's number and that of the
-- last record in one, (tenant << 40) + seq, so that the table's own key is the only one needed to keep and
-- walk the chain. `marks` stand before what is long, so that a search passes without reading it.
CREATE TABLE segments (
  place INTEGER PRIMARY KEY,
  hash  BLOB NOT NULL, -- of the last record
  at    INTEGER NOT NULL, -- the latest instant in it
  marks BLOB NOT NULL, -- seven bytes a record
  texts BLOB NOT NULL -- of each record its number, its hash, its length and its text
) STRICT;
