-- What an agent's last heartbeat announced beyond MIG; an agent of MIG announces nothing.
ALTER TABLE agents ADD COLUMN capabilities text[] NOT NULL DEFAULT '{}';

-- Cancelled commands without an answer, asked for at every heartbeat of their endpoint.
CREATE INDEX commands_cancelled ON commands (queueloc) WHERE status = 'cancelled' AND results IS NULL;
