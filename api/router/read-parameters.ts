import type { Context } from 'hono';
import type { z } from 'zod';
import type { Route } from '../../contract/api/route.ts';
import { MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { readMultipart } from '../http/read-multipart.ts';
import { readForm, readQuery } from '../http/read-request.ts';
import { parseParameters } from './parse-parameters.ts';

/** The parameters of a request, read by the route's description. Throws `parameter_invalid` with the name of a bad one. */
export async function readParameters<Parameters extends z.ZodObject>(
  c: Context<ApiEnv>,
  route: Pick<Route, 'method' | 'body'> & { parameters: Parameters },
): Promise<z.output<Parameters>> {
  const given = await readGiven(c, route);
  const inPath: Record<string, string> = c.req.param();
  for (const name of Object.keys(inPath)) {
    if (Object.hasOwn(given, name)) throw new MigError('parameter_invalid', `${name}: given twice`);
  }
  return parseParameters(route, { ...given, ...inPath });
}

async function readGiven(
  c: Context<ApiEnv>,
  { method, body }: Pick<Route, 'method' | 'body'>,
): Promise<Record<string, string>> {
  if (method === 'GET') return readQuery(c);
  if (method === 'DELETE') return {};
  return Object.fromEntries(body === 'multipart' ? await readMultipart(c) : readForm(c));
}
