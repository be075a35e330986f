import { z } from 'zod';
import { goObject, recordOf } from '../../contract/fields.ts';
import { isSafeVersion } from '../../contract/rules/agent-version.ts';
import { option } from '../option.ts';

export const Instruction = goObject({
  to_version: z.string().default(''),
  location: z.string().max(2048).default(''),
  checksum: z.string().default(''),
  /** Allows an older version, and one that cannot be compared. The investigator signs it with the rest. */
  allow_downgrade: z.boolean().default(false),
});
export type Instruction = z.infer<typeof Instruction>;

const PLATFORM = /^[a-z0-9]+\/[a-z0-9]+$/;
/** Go has about fifty. */
const MAX_PLATFORMS = 256;

/** One instruction for each platform, `<os>/<arch>` in Go's spelling (spec/modules/upgrade.md#parameters). */
export const Parameters = recordOf(Instruction, MAX_PLATFORMS).refine(
  (instructions) => Object.keys(instructions).every((platform) => PLATFORM.test(platform)),
  'must be of platforms: <os>/<arch>',
);
export type Parameters = z.infer<typeof Parameters>;

/** The flags describe the instruction for one platform. */
export const Flags = z.object({
  platform: z.string().register(option, {
    flag: 'platform',
    value: 'os/arch',
    text: 'the platform of the agents; linux/amd64 without it',
  }),
  version: z.string().register(option, {
    flag: 'version',
    value: 'text',
    text: 'the version that the executable reports',
    isRequired: true,
  }),
  location: z.string().register(option, {
    flag: 'location',
    value: 'url',
    text: 'the URL of the executable (https)',
    isRequired: true,
  }),
  checksum: z
    .string()
    .register(option, { flag: 'checksum', value: 'hex', text: 'its SHA-256', isRequired: true }),
  allowDowngrade: z.boolean().register(option, {
    flag: 'allow-downgrade',
    text: 'allow an older version, or one that cannot be compared',
  }),
});

/** Returns the first problem with the parameters, in MIG's words; undefined when there is none. */
export function findProblem(parameters: Parameters): string | undefined {
  if (Object.keys(parameters).length === 0) return 'no upgrade instruction for any platform';
  for (const [platform, { to_version, location, checksum }] of Object.entries(parameters)) {
    const invalid = (name: string, value: string, expected: string) =>
      `In ${platform}, parameter '${name}' with value '${value}' is invalid. Expecting ${expected}.`;
    if (to_version === '') return `In ${platform}, parameter 'to_version' is empty. Expecting version.`;
    if (!isSafeVersion(to_version)) return invalid('to_version', to_version, 'version');
    if (!isUrl(location)) return invalid('location', location, 'URL');
    if (!/^[0-9A-Fa-f]{64}$/.test(checksum)) return invalid('checksum', checksum, 'SHA256 checksum');
  }
  return undefined;
}

function isUrl(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text);
}
