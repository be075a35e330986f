/** The settings of webhooks and event sinks in the environment of `npm run up`: the worker that it starts gets them. */
export function workerSettings(env: Record<string, string | undefined>): Record<string, string> {
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && /^MIG_(WEBHOOK|EVENTS)_/.test(name)) settings[name] = value;
  }
  return settings;
}
