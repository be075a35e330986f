import { createResources } from '../platform/async/resources.ts';
import type { Logger } from '../platform/log.ts';
import { startSettingsAudit } from '../platform/postgres/settings-audit.ts';
import { createApp } from './app.ts';
import { type ApiConfig, BASE_ROUTE } from './config.ts';
import { connectDeps } from './connect-deps.ts';
import { listen } from './listen.ts';

/** Connects, then listens. Returns the URL that clients use. */
export async function startApi({
  config,
  log,
}: {
  config: ApiConfig;
  log: Logger;
}): Promise<AsyncDisposable & { url: string }> {
  const resources = createResources();
  // The default of the public URL contains the port, which is known only after listening. Requests read this object.
  const running = { ...config };
  const deps = await connectDeps(resources, { config: running, log });
  resources.use(startSettingsAudit({ pool: deps.pool, log, program: 'api', config }));
  const { port } = resources.use(await listen(config, createApp(deps).fetch));
  running.publicUrl ??= `${config.tls ? 'https' : 'http'}://${config.host}:${port}`;
  log.info({ address: `${config.host}:${port}` }, 'api listening');
  return Object.assign(resources, { url: `${running.publicUrl}${BASE_ROUTE}` });
}
