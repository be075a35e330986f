import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { fullMode, writeCpio } from './cpio.ts';
import { type Entry, inOrder } from './entry.ts';
import { gzip } from './gzip.ts';
import { type Field, writeHeader } from './rpm-header.ts';
import { MAINTAINER, packageVersion, type ScriptName, type SystemPackage } from './system-package.ts';

const RELEASE = '1';
const ARCHITECTURES = { amd64: 'x86_64', arm64: 'aarch64' } as const;
/** rpm's number of SHA-256. */
const SHA256 = 8;
const REGIONS = { signature: 62, header: 63 } as const;
/** How a dependency compares (RPMSENSE_*), and who asks for it. */
const SENSE = { less: 2, equal: 8, preuninstall: 1 << 12, postinstall: 1 << 10, rpmlib: 1 << 24 } as const;
const DOCUMENT = 2;

/** The number of a script's text and of the program that runs it. */
const SCRIPT_TAGS: Readonly<Record<ScriptName, [script: number, program: number]>> = {
  postinst: [1024, 1086],
  prerm: [1025, 1087],
  postrm: [1026, 1088],
};

/** Writes a package for Fedora and its relatives: version 4 of the format, which rpm reads since 4.6 (2009). */
export function writeRpm(made: SystemPackage): Buffer {
  const entries = inOrder(made.entries);
  const archive = writeCpio(entries, made);
  const payload = gzip(archive);
  const header = writeHeader(REGIONS.header, [
    ...aboutFields(made, entries),
    ...payloadFields(payload),
    ...dependencyFields(made),
    ...scriptFields(made),
    ...fileFields(entries, made),
  ]);
  const signature = writeHeader(REGIONS.signature, [
    { tag: 269, type: 'string', text: digest('sha1', header) },
    { tag: 273, type: 'string', text: digest('sha256', header) },
    { tag: 1000, type: 'int32', values: [header.length + payload.length] },
    { tag: 1004, type: 'bin', data: createHash('md5').update(header).update(payload).digest() },
    { tag: 1007, type: 'int32', values: [archive.length] },
  ]);
  const padding = Buffer.alloc((8 - (signature.length % 8)) % 8);
  return Buffer.concat([lead(made), signature, padding, header, payload]);
}

/** What programs like `file` read. rpm itself reads the header. */
function lead({ name, version, arch }: SystemPackage): Buffer {
  const bytes = Buffer.alloc(96);
  Buffer.from('edabeedb0300', 'hex').copy(bytes);
  bytes.writeUInt16BE(arch === 'amd64' ? 1 : 19, 8);
  bytes.write(`${name}-${packageVersion(version)}-${RELEASE}`, 10, 65);
  bytes.writeUInt16BE(1, 76);
  bytes.writeUInt16BE(5, 78);
  return bytes;
}

function aboutFields(made: SystemPackage, entries: readonly Entry[]): Field[] {
  const { name, version, summary, description, licence, arch, timeS } = made;
  const size = entries.reduce((total, { data }) => total + (data?.length ?? 0), 0);
  return [
    { tag: 100, type: 'stringArray', texts: ['C'] },
    { tag: 1000, type: 'string', text: name },
    { tag: 1001, type: 'string', text: packageVersion(version) },
    { tag: 1002, type: 'string', text: RELEASE },
    { tag: 1004, type: 'i18nString', text: summary },
    { tag: 1005, type: 'i18nString', text: description.join('\n') },
    { tag: 1006, type: 'int32', values: [timeS] },
    { tag: 1007, type: 'string', text: 'localhost' },
    { tag: 1009, type: 'int32', values: [size] },
    { tag: 1014, type: 'string', text: licence },
    { tag: 1015, type: 'string', text: MAINTAINER },
    { tag: 1016, type: 'i18nString', text: 'Unspecified' },
    { tag: 1021, type: 'string', text: 'linux' },
    { tag: 1022, type: 'string', text: ARCHITECTURES[arch] },
    // Without it rpm takes the package for one of sources.
    { tag: 1044, type: 'string', text: `${name}-${packageVersion(version)}-${RELEASE}.src.rpm` },
  ];
}

function payloadFields(payload: Buffer): Field[] {
  return [
    { tag: 1124, type: 'string', text: 'cpio' },
    { tag: 1125, type: 'string', text: 'gzip' },
    { tag: 1126, type: 'string', text: '9' },
    { tag: 5092, type: 'stringArray', texts: [digest('sha256', payload)] },
    { tag: 5093, type: 'int32', values: [SHA256] },
  ];
}

function dependencyFields({ name, version, scripts }: SystemPackage): Field[] {
  const needed: [name: string, flags: number, version: string][] = [
    ['rpmlib(CompressedFileNames)', SENSE.rpmlib | SENSE.less | SENSE.equal, '3.0.4-1'],
    ['rpmlib(FileDigests)', SENSE.rpmlib | SENSE.less | SENSE.equal, '4.6.0-1'],
    ['rpmlib(PayloadFilesHavePrefix)', SENSE.rpmlib | SENSE.less | SENSE.equal, '4.0-1'],
  ];
  if (Object.keys(scripts).length > 0) needed.push(['/bin/sh', SENSE.postinstall | SENSE.preuninstall, '']);
  return [
    { tag: 1047, type: 'stringArray', texts: [name] },
    { tag: 1112, type: 'int32', values: [SENSE.equal] },
    { tag: 1113, type: 'stringArray', texts: [`${packageVersion(version)}-${RELEASE}`] },
    { tag: 1048, type: 'int32', values: needed.map(([, flags]) => flags) },
    { tag: 1049, type: 'stringArray', texts: needed.map(([text]) => text) },
    { tag: 1050, type: 'stringArray', texts: needed.map(([, , text]) => text) },
  ];
}

function scriptFields({ scripts }: SystemPackage): Field[] {
  return (Object.entries(scripts) as [ScriptName, string][]).flatMap(([name, text]): Field[] => {
    const [script, program] = SCRIPT_TAGS[name];
    return [
      { tag: script, type: 'string', text },
      { tag: program, type: 'string', text: '/bin/sh' },
    ];
  });
}

function fileFields(entries: readonly Entry[], { timeS }: SystemPackage): Field[] {
  const folders = [...new Set(entries.map(({ path }) => folderOf(path)))];
  const numbers = (tag: number, of: (entry: Entry, index: number) => number): Field => ({
    tag,
    type: 'int32',
    values: entries.map(of),
  });
  const short = (tag: number, of: (entry: Entry) => number): Field => ({
    tag,
    type: 'int16',
    values: entries.map(of),
  });
  const texts = (tag: number, of: (entry: Entry) => string): Field => ({
    tag,
    type: 'stringArray',
    texts: entries.map(of),
  });
  return [
    numbers(1028, ({ data }) => data?.length ?? 4096),
    short(1030, fullMode),
    short(1033, () => 0),
    numbers(1034, () => timeS),
    texts(1035, ({ data }) => (data === undefined ? '' : digest('sha256', data))),
    texts(1036, () => ''),
    numbers(1037, ({ path }) => (path.startsWith('usr/share/doc/') ? DOCUMENT : 0)),
    texts(1039, () => 'root'),
    texts(1040, () => 'root'),
    numbers(1045, () => -1),
    numbers(1095, () => 1),
    numbers(1096, (_, index) => index + 1),
    texts(1097, () => ''),
    numbers(1116, ({ path }) => folders.indexOf(folderOf(path))),
    texts(1117, ({ path }) => posix.basename(path)),
    { tag: 1118, type: 'stringArray', texts: folders },
    { tag: 5011, type: 'int32', values: [SHA256] },
  ];
}

function folderOf(path: string): string {
  const folder = posix.dirname(path);
  return folder === '.' ? '/' : `/${folder}/`;
}

function digest(algorithm: 'sha1' | 'sha256', data: Buffer): string {
  return createHash(algorithm).update(data).digest('hex');
}
