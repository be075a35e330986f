import { MigError } from '../../contract/errors.ts';
import { RecordName } from '../../contract/loader.ts';

/** Refuses a name that the API would refuse, and one that would be taken for an id. */
export function checkedRecordName(kind: 'loader' | 'manifest' | 'webhook', word: string | undefined): string {
  const name = RecordName.safeParse(word);
  if (!name.success)
    throw new MigError(
      'usage',
      `the name of a ${kind} must have 1 to 256 characters, and no control characters`,
    );
  if (/^\d+$/.test(name.data))
    throw new MigError('usage', `the name of a ${kind} must not be a number, which would be taken for an id`);
  return name.data;
}
