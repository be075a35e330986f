import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Where an Update came from. Whoever sent it chose both texts; only the database knows whether the API did. */
export interface UpdateOrigin {
  id: string;
  identity: string;
}

/** The origin of an Update from what its handler was given. */
export function originOf(args: readonly unknown[]): UpdateOrigin {
  return args[0] as UpdateOrigin;
}

/**
 * Gives every Update's handler its origin as the only argument, in place of whatever the caller sent: the SDK shows a
 * handler the Update's id, and keeps the identity of the caller to itself.
 */
export const interceptors = (): WorkflowInterceptors => ({
  internals: [
    {
      activate(input, next) {
        for (const { doUpdate } of input.activation.jobs ?? []) {
          if (!doUpdate) continue;
          const origin: UpdateOrigin = { id: doUpdate.id ?? '', identity: doUpdate.meta?.identity ?? '' };
          doUpdate.input = [defaultPayloadConverter.toPayload(origin)];
        }
        next(input);
      },
    },
  ],
});
