-- Dispatch reads what waits in pages by id: the index gives them in that order, whatever the planner believes about a
-- table that grew by 10,000 rows a moment ago.
DROP INDEX commands_waiting;
CREATE INDEX commands_waiting ON commands (actionid, id) WHERE status = 'sent';

-- Without publishedat in any index, and with room left on its page, marking a command as published writes no index.
DROP INDEX commands_returned;
CREATE INDEX commands_returned ON commands (queueloc) WHERE status = 'sent' AND returnedat IS NOT NULL;
ALTER TABLE commands SET (fillfactor = 60);
