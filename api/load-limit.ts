import { createMiddleware } from 'hono/factory';
import { MigError } from '../contract/errors.ts';
import type { ApiEnv } from './context.ts';

/**
 * Refuses what comes while so many requests are in hand: to wait in a line that grows without end would take memory and
 * everybody's patience. A stream counts until it has begun.
 */
export function limitLoad(maxRequests: number) {
  let inHand = 0;
  return createMiddleware<ApiEnv>(async (_c, next) => {
    if (inHand >= maxRequests) throw new MigError('overloaded', `${inHand} requests are in hand; try again`);
    inHand++;
    try {
      await next();
    } finally {
      inHand--;
    }
  });
}
