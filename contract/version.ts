/** The version of these programs, as `package.json` has it. */
export const VERSION = '0.1.0';
