/** The usage line of `mig agents config`. */
export const AGENT_CONFIG_USAGE =
  'usage: mig agents config -relay <url> [-passwordfile <file>] [-api <url>] [-proxy <host:port>] [-tag <name=value>] [-heartbeatfreq <duration>] [-moduletimeout <duration>] [-ca <path>] [-cert <path>] [-key <path>] [-log <path>] [-statport <port>] [-immortal=false] [-service=false] [-cron] [-extraprivate=false] [-o <file>] [-overwrite]';

/** Below the usage: what the command does, what its flags mean, an example. */
export const AGENT_CONFIG_EXPLANATION = `Prints a configuration for agents, ours and MIG's, from flags, as MIG's mig-agent-cfg does. It belongs to
/etc/mig/mig-agent.cfg, or C:\\mig\\mig-agent.cfg on Windows, with mode 0600, beside acl.cfg and agentkeys. Asks no server.

  -relay         amqps://user:password@host:5671/mig; without a password, it is asked for, or read from -passwordfile
  -passwordfile  a file with the relay's password in its first line: a password in a flag stays in the shell's history
  -api           the address of the API, which an agent asks for its public address
  -proxy         a proxy to the relay; may be repeated
  -tag           a tag, which targets can name; may be repeated
  -ca -cert -key  where the certificates are on the endpoint (default /etc/mig/ca.crt, agent.crt, agent.key)
  -heartbeatfreq, -moduletimeout  default 120s and 300s
  -log           the log file (default: stdout)
  -immortal, -service, -extraprivate  on by default, as in mig-agent-cfg: restart after a fatal error, install a service,
                 mask names in answers
  -cron          answer what is waiting and end, for an agent that cron starts
  -statport      the local port where MIG's agent answers mig-agent -q (default 51664); ours needs none
  -o             a new file with mode 0600, instead of stdout

  mig agents config -relay amqps://agent@relay.example.net:5671/mig -passwordfile ./relay-password -tag operator=it`;
