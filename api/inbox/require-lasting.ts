import type { Action } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { signatureEndMs } from '../../platform/openpgp/verify.ts';

/**
 * Refuses a signature that ends before its action does. While the action waits it would turn bad, so that nobody could add
 * another one, and agents refuse an action for one bad signature.
 */
export async function requireLasting(
  field: string,
  signature: string,
  { expireafter }: Pick<Action, 'expireafter'>,
): Promise<void> {
  if ((await signatureEndMs(signature)) >= unixMillis(expireafter)) return;
  throw new MigError(
    'parameter_invalid',
    `${field}: a signature ends before the action does; sign without an expiry (gpg --default-sig-expire 0)`,
  );
}
