-- Whoever looks for an actor. The whole text may be longer than an entry of an index can be.
CREATE INDEX audit_actor ON audit (left(actor, 128), id);
