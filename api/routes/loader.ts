import * as routes from '../../contract/api/loaders.ts';
import { MigError } from '../../contract/errors.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import { loaderById } from '../../platform/postgres/queries/loaders.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond, respondWithSecret } from '../http/respond.ts';
import { changeLoader, createLoader, renewLoaderKey } from '../loaders/change-loader.ts';
import { checkCondition } from '../loaders/check-condition.ts';
import { toLoader } from '../records/to-loader.ts';
import { type Served, serve } from '../router/serve.ts';

/** Loaders, for investigators (spec/api.md#loader-endpoints). */
export function loaderRoutes(deps: ApiDeps): Served[] {
  const loaderItem = (value: ReturnType<typeof toLoader>) =>
    item(recordHref(deps, 'loader', value.id), 'loader', value);

  return [
    serve(deps, routes.getLoader, async ({ loaderid: id }, c) => {
      const row = await loaderById(deps.pool, id);
      if (!row) throw new MigError('not_found', `Loader ID '${id}' not found`);
      return respond(c, [loaderItem(toLoader(row))]);
    }),

    serve(deps, routes.createLoader, async ({ loader }, c) => {
      const { name, expectenv } = loader;
      if (expectenv !== '') await checkCondition(deps, 'expectenv', expectenv);
      const created = await createLoader(deps, auditCaller(deps, c), loader);
      const value = { ...created, name, agentname: '', lastseen: TIME_ZERO, enabled: false, expectenv };
      return respondWithSecret(c, [loaderItem(value)], 201);
    }),

    serve(deps, routes.setLoaderStatus, async ({ loaderid: id, status }, c) => {
      c.set('audit', { kind: 'loader_changed', objectId: id });
      await changeLoader(deps, auditCaller(deps, c), { id, change: { enabled: status === 'enabled' } });
      return respond(c, []);
    }),

    serve(deps, routes.setLoaderCondition, async ({ loaderid: id, expectenv }, c) => {
      c.set('audit', { kind: 'loader_changed', objectId: id });
      if (expectenv !== '') await checkCondition(deps, 'expectenv', expectenv);
      await changeLoader(deps, auditCaller(deps, c), { id, change: { expectenv } });
      return respond(c, []);
    }),

    serve(deps, routes.renewLoaderKey, async ({ loaderid: id }, c) => {
      c.set('audit', { kind: 'loader_changed', objectId: id });
      const { loader, key } = await renewLoaderKey(deps, auditCaller(deps, c), id);
      return respondWithSecret(c, [loaderItem(toLoader(loader, key))]);
    }),
  ];
}
