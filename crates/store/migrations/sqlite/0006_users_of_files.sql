-- The few users that resource files look after, found at a start without reading all others.
CREATE INDEX users_of_files ON users (tenant, id) WHERE instr(json, '"managed":{"file":') > 0;
