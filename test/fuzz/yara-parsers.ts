import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Compiler, initSync } from '@virustotal/yara-x';
import fc from 'fast-check';
import { MigError } from '../../contract/errors.ts';
import { createLargeRules } from '../../modules/yara/rules/large-rules.ts';
import { type Answer, createScanner, type Scanner } from '../../modules/yara/scanner.ts';
import type { Make } from './generate.ts';
import type { Parser } from './parser.ts';

const RULES_BYTES = 64 * 1024;
const FILE_BYTES = 1024 ** 2;
const LIMIT = { cpuMs: 20_000, endsAtMs: Number.POSITIVE_INFINITY };
/** To compile the engine, and to end a thread. */
const START_MS = 60_000;
const ENGINE = createRequire(import.meta.url).resolve('@virustotal/yara-x');

/** The types of node leave it out. */
declare const WebAssembly: { RuntimeError: new () => Error };

interface Engine {
  /** The types leave out how an object is given up without a call to an engine that crashed. */
  Compiler: new () => Compiler & { __destroy_into_raw(): void };
  initSync: typeof initSync;
}

/** Rules that somebody signed, and files that anybody wrote, for the engine of module yara and for our part of it. */
export function yaraParsers(): Parser[] {
  return [conditionParser(), ruleParser(), fileParser()];
}

/** What we evaluate ourselves, for files that are larger than a scan. */
function conditionParser(): Parser {
  return {
    name: 'yara-condition',
    corpus: RULES.map((text) => Buffer.from(text)),
    maxBytes: RULES_BYTES,
    grammar: rules(),
    parse(input) {
      const large = createLargeRules(input.toString());
      if (!large) throw new MigError('parameters_invalid', 'a syntax that only the engine knows');
      const found = { offsets: [0, 5, 700], isComplete: false };
      return large.evaluate(new Map([['r', [found, found]]]), {
        bytes: 100 * 1024 ** 2,
        readInteger: (_type, offset) => (offset < 0 ? undefined : offset),
      });
    },
  };
}

/** The engine compiles here, not in a thread of its own, so that more texts are tried. */
function ruleParser(): Parser {
  let engine: Engine;
  let engines = 0;
  const open = async () => {
    engine = (await import(`${pathToFileURL(ENGINE)}?${engines++}`)) as Engine;
    engine.initSync({ module: readFileSync(join(dirname(ENGINE), 'yara_x_js_bg.wasm')) });
  };
  return {
    name: 'yara-rules',
    corpus: RULES.map((text) => Buffer.from(text)),
    maxBytes: RULES_BYTES,
    grammar: rules(),
    open,
    async parse(input, progress) {
      const compiler = new engine.Compiler();
      try {
        compiler.addSource(input.toString());
        compiler.build().free();
        compiler.free();
      } catch (cause) {
        progress();
        // An engine that ran out of its stack cannot go on. On an endpoint its thread has ended.
        const hasCrashed = cause instanceof RangeError || cause instanceof WebAssembly.RuntimeError;
        if (hasCrashed) {
          compiler.__destroy_into_raw();
          await open();
        } else compiler.free();
        progress();
        throw new MigError('parameters_invalid', String(cause), { cause });
      }
    },
  };
}

/** One thread scans all files, as on an endpoint. Rules that import the engine's modules parse the file's format. */
function fileParser(): Parser {
  const scanner = createScanner(OF_FORMATS);
  return {
    name: 'yara-file',
    corpus: FILES,
    maxBytes: FILE_BYTES,
    async open() {
      const answer = await scanner.compile({ ...LIMIT, cpuMs: START_MS });
      if (answer.type !== 'compiled') throw new Error(JSON.stringify(answer));
    },
    async parse(input) {
      const answer = await scan(scanner, input);
      // The content of a file must neither end the thread nor keep it.
      if (answer.type !== 'scanned') throw new Error(`${answer.type}: ${JSON.stringify(answer)}`);
      return answer;
    },
    async close() {
      if (!(await scanner.stop(START_MS))) throw new Error('the thread did not end');
    },
  };
}

async function scan(scanner: Scanner, content: Buffer): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), 'mig-yara-'));
  const file = join(folder, 'file');
  let fd: number | undefined;
  try {
    writeFileSync(file, content);
    fd = openSync(file, 'r');
    return await scanner.ask({ type: 'whole', fd, size: content.length, maxBytes: 2 * FILE_BYTES }, LIMIT);
  } finally {
    if (fd !== undefined) closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

const RULES = [
  'rule r { strings: $a = "one" nocase wide ascii $b = { 6F ?? [1-3] ( 74 | 75 ) } condition: $a at 0 or #b > 1 }',
  'import "pe"\nimport "hash"\nrule r : tag { meta: a = 1 condition: pe.is_pe and hash.md5(0, filesize) != "" }',
  'private global rule g { condition: filesize < 1GB } rule r { strings: $ = /t(w|h)[a-z]{1,9}/i fullword condition: all of them and g }',
  'rule r { strings: $a = "o" xor(1-255) $b = "two" base64 condition: for any i in (1..#a) : ( @a[i] < 9 ) or 1 of ($b*) }',
];

/** Separated by spaces. */
const WORDS =
  `$a $b #a @a !a $ them ($a,$b) ($*) any all none of for in at i : ( ) (0..9) .. and or not true false
 defined filesize entrypoint uint16(0) int32be(4) uint8(-1) r pe.is_pe hash.md5(0,9) "x" /x+/ contains matches 0 1 2
 0x5A4D 1KB 9223372036854775807 1.5 % 50% + - * \\ << >> == != < >= & | ^ ~ // /* */ }`.split(/\s+/);

const PATTERNS = [
  '"one"',
  '"o\\x00n\\""',
  '{ 6F 6E }',
  '{ 6? [-] ?? }',
  '{ 6F [0-4294967295] 6E }',
  '{ ~6F ( 00 | 01 02 ) }',
  '/on+e/',
  '/(a|b)*c/is',
  '/.*.*.*x/s',
  '/[^\\x00]{1,1000}/',
  '/(x{1,99}){1,99}/',
  '/\\bone\\b/',
];

const MODIFIERS = 'nocase wide ascii fullword private xor xor(0-255) base64 base64wide("!")'.split(' ');

/** How deep conditions are nested. Ten times more crashes the engine, which has a test of its own. */
const DEPTHS = [0, 0, 1, 100, 1000];

/** Rules of YARA's own words, most of them with a condition that has no meaning. */
function rules(): fc.Arbitrary<Make> {
  const pattern = fc
    .tuple(fc.constantFrom(...PATTERNS), fc.subarray(MODIFIERS, { maxLength: 2 }))
    .map(([text, modifiers]) => `${text} ${modifiers.join(' ')}`);
  const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 12 });
  return fc
    .tuple(pattern, pattern, words, fc.constantFrom(...DEPTHS))
    .map(([one, other, tokens, depth]) => () => {
      const condition = `${'('.repeat(depth)}${tokens.join(' ')}${')'.repeat(depth)}`;
      return Buffer.from(`import "pe" rule r { strings: $a = ${one} $b = ${other} condition: ${condition} }`);
    });
}

/** A rule for each format that the engine's modules read, so that they parse the file. */
const OF_FORMATS = `
import "pe" import "elf" import "macho" import "dotnet" import "lnk" import "hash" import "math"
rule is_pe { condition: pe.is_pe and pe.number_of_sections > 0 and pe.imphash() != "" and pe.number_of_signatures >= 0 }
rule is_elf { condition: elf.type == elf.ET_EXEC or elf.number_of_sections > 1 or elf.symtab_entries > 0 }
rule is_macho { condition: macho.cputype == 7 or macho.number_of_segments > 0 or macho.nfat_arch > 0 }
rule is_dotnet { condition: dotnet.is_dotnet and dotnet.number_of_streams > 0 }
rule is_lnk { condition: lnk.is_lnk }
rule sums { condition: hash.sha256(0, filesize) != "" and math.entropy(0, filesize) > 7.0 }
`;

const FILES = [peFile(), elfFile(), machoFile(), lnkFile()];

/** The headers of a program for Windows, with one section. */
function peFile(): Buffer {
  const file = Buffer.alloc(1024);
  file.write('MZ');
  file.writeUInt32LE(64, 60);
  file.write('PE\0\0', 64, 'latin1');
  file.writeUInt16LE(0x14c, 68);
  file.writeUInt16LE(1, 70);
  file.writeUInt16LE(224, 84);
  file.writeUInt16LE(0x10b, 88);
  file.writeUInt32LE(16, 88 + 92);
  // The data directories: imports, resources, certificates, debug information and .NET.
  for (const index of [1, 2, 4, 6, 14]) {
    file.writeUInt32LE(0x1000 + index * 16, 184 + index * 8);
    file.writeUInt32LE(64, 188 + index * 8);
  }
  file.write('.text', 312);
  file.writeUInt32LE(512, 320);
  file.writeUInt32LE(0x1000, 324);
  file.writeUInt32LE(512, 328);
  file.writeUInt32LE(512, 332);
  return file;
}

/** A program for Linux on x86-64, with two sections. */
function elfFile(): Buffer {
  const file = Buffer.alloc(512);
  file.write('\x7fELF\x02\x01\x01', 'latin1');
  file.writeUInt16LE(2, 16);
  file.writeUInt16LE(62, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(64n, 32);
  file.writeBigUInt64LE(128n, 40);
  for (const [at, value] of [64, 56, 1, 64, 2, 1].entries()) file.writeUInt16LE(value, 52 + at * 2);
  file.writeUInt32LE(3, 196);
  file.writeBigUInt64LE(320n, 216);
  file.writeBigUInt64LE(64n, 224);
  return file;
}

/** A program for macOS on x86-64, with one segment. */
function machoFile(): Buffer {
  const file = Buffer.alloc(256);
  for (const [at, value] of [0xfeedfacf, 0x01000007, 3, 2, 1, 72, 0, 0, 0x19, 72].entries()) {
    file.writeUInt32LE(value, at * 4);
  }
  file.write('__TEXT', 40);
  return file;
}

/** The header of a shortcut of Windows. */
function lnkFile(): Buffer {
  const file = Buffer.alloc(128);
  file.writeUInt32LE(0x4c, 0);
  file.write('0114020000000000c000000000000046', 4, 'hex');
  file.writeUInt32LE(0x81, 20);
  return file;
}
