-- Dispatch pages by (actionid, id), where nearly every row of its action is unpublished; an index of its own for those
-- rows cost every command two entries more.
DROP INDEX commands_unpublished;
