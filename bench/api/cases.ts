import { ROUTES } from '../../contract/api/all-routes.ts';
import { aclCases, actionCases, inboxCases } from './action-cases.ts';
import type { ApiCase, RouteName } from './api-case.ts';
import type { CaseRig } from './case-rig.ts';
import { manifestCases } from './manifest-cases.ts';
import { casesWithFigures, readCases, sweepReadCases } from './read-cases.ts';
import { loaderCases, questionCases, webhookCases } from './record-cases.ts';
import { agentCases, investigatorCases, sessionCases } from './service-cases.ts';
import { sweepCases } from './sweep-cases.ts';

/** The routes that are not measured, and why. */
export const NOT_MEASURED: Partial<Record<RouteName, string>> = {};

export const ROUTE_COUNT = Object.keys(ROUTES).length;

/** A case or more of every route. Throws when a route has no case, nor a reason. Reads come first: changes leave records. */
export async function apiCases(rig: CaseRig, aclFile: string): Promise<ApiCase[]> {
  const cases = [
    ...(await casesWithFigures(rig)),
    ...readCases(rig),
    ...sweepReadCases(rig),
    ...(await aclCases(rig, aclFile)),
    ...(await inboxCases(rig)),
    ...(await questionCases(rig)),
    ...(await loaderCases(rig)),
    ...(await manifestCases(rig)),
    ...(await webhookCases(rig)),
    ...sessionCases(rig),
    ...agentCases(rig),
    ...actionCases(rig),
    ...(await sweepCases(rig)),
    ...investigatorCases(rig),
  ];
  requireEveryRoute(new Set(cases.map(({ route }) => route)));
  return cases.toSorted((one, other) => Number('prepare' in one) - Number('prepare' in other));
}

function requireEveryRoute(measured: ReadonlySet<string>): void {
  const missing = (Object.keys(ROUTES) as RouteName[]).filter(
    (route) => !measured.has(route) && NOT_MEASURED[route] === undefined,
  );
  if (missing.length === 0) return;
  throw new Error(`no case, nor a reason for none, of ${missing.join(', ')}: see bench/api/cases.ts`);
}
