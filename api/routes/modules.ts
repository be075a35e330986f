import { Hono } from 'hono';
import type { ModuleView, Sent } from '../../contract/api-responses.ts';
import { allModules } from '../../modules/all-modules.ts';
import { toJsonSchema } from '../../modules/json-schema.ts';
import type { Module } from '../../modules/module.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { readQuery } from '../http/read-request.ts';
import { respond } from '../http/respond.ts';

/** GET /modules: what each module answers, and the JSON Schema of its parameters. A console makes its forms of them. */
export function moduleRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  const views = allModules().map(viewOf);

  app.get('/modules', requirePermission(deps, 'action'), (c) => {
    readQuery(c, []);
    return respond(
      c,
      views.map((view) => item(c.get('href'), 'module', view)),
    );
  });
  return app;
}

function viewOf({ name, summary, about, options, parameters, persistent }: Module): Sent<typeof ModuleView> {
  const { platforms, privacy, example } = about;
  return {
    name,
    summary,
    platforms,
    privacy,
    question: example.question,
    persistent: persistent !== undefined,
    options: options.map((one) => ({ ...one })),
    parameters: toJsonSchema(parameters),
  };
}
