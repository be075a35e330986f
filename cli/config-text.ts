import { MigError } from '../contract/errors.ts';

/** A configuration of `mig` with these values and one macro, as MIG's own client writes it. */
export function configText(config: { apiUrl: string; keyId: string; keyFile: string | undefined }): string {
  const keyFile = config.keyFile === undefined ? '' : `  keyfile = ${quoted(config.keyFile)}\n`;
  return `[api]
  url = ${quoted(config.apiUrl)}
[gpg]
  keyid = ${quoted(config.keyId)}
${keyFile}[targets]
  macro = ${quoted("allonline:status='online'")}
`;
}

/** As `parseIni` reads it. */
function quoted(text: string): string {
  if (/[\r\n\0]/.test(text))
    throw new MigError('usage', `${JSON.stringify(text)} cannot be written into a configuration`);
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
