// The thread that compiles rules and scans files. Its caller, scanner.ts, ends it when a scan takes too long, because the
// engine's own time limit does not end a loop of a condition. It is JavaScript, since threads do not load TypeScript.
import { readFileSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { Compiler, initSync } from '@virustotal/yara-x';

/** Of each pattern that matches, so that its places fit into memory; fewer when there are many patterns. */
const MATCHES = { ofPattern: 10_000, ofPatternAtLeast: 1000, ofAll: 1_000_000 };
const WINDOW = {
  bytes: 16 * 1024 ** 2,
  overlapBytes: 1024 ** 2,
  /** What a match at the border of a window may depend on beyond it: anchors, and the bytes around a word. */
  marginBytes: 16,
};
const FIRST_BYTES = 64 * 1024;

// A rule can print by the engine's module `console`. The result is on stdout.
globalThis.console.log = () => {};
initSync({ module: readFileSync(workerData.engine ?? engineOfPackage()) });
let buffer = new Uint8Array(FIRST_BYTES);
let collector;
const rules = compile(workerData.rules);
if (rules) {
  parentPort.on('message', (request) => parentPort.postMessage(answer(request)));
  parentPort.postMessage({ type: 'compiled' });
}

function engineOfPackage() {
  return fileURLToPath(new URL('yara_x_js_bg.wasm', import.meta.resolve('@virustotal/yara-x')));
}

function compile(source) {
  const compiler = new Compiler();
  try {
    compiler.addSource(source);
    return createScanner(compiler.build());
  } catch (error) {
    parentPort.postMessage({ type: 'refused', errors: errorsOf(compiler, error) });
    return undefined;
  }
}

/** A compiler that crashed, as on a condition nested thousands of times, cannot be asked. */
function errorsOf(compiler, error) {
  try {
    if (compiler.errors.length > 0) return compiler.errors;
  } catch {}
  return [String(error)];
}

function createScanner(compiled) {
  const scanner = compiled.scanner();
  const maxMatches = Math.max(
    MATCHES.ofPatternAtLeast,
    Math.min(MATCHES.ofPattern, Math.floor(MATCHES.ofAll / Math.max(1, workerData.patterns))),
  );
  scanner.setMaxMatchesPerPattern(maxMatches);
  return { scanner, maxMatches };
}

function answer(request) {
  try {
    return request.type === 'whole' ? scanWhole(request) : scanWindows(request);
  } catch (error) {
    return { type: 'failed', code: error.code, message: String(error.message ?? error) };
  }
}

/** Names of rules, and of those with a pattern of which not every match was counted. */
function scanWhole({ fd, size, maxBytes }) {
  const bytes = size > 0 ? size : maxBytes;
  const content = read(fd, { position: 0, bytes, first: size > 0 ? size : FIRST_BYTES });
  if (size === 0 && content.length === maxBytes) throw new Error(`no end within ${maxBytes} bytes`);
  const matches = scan(rules, content);
  const isCut = ({ patterns }) => patterns.some((pattern) => pattern.matches.length >= rules.maxMatches);
  return {
    type: 'scanned',
    matched: matches.filter(({ isPrivate }) => !isPrivate).map(({ identifier }) => identifier),
    cut: matches.filter(isCut).map(({ identifier }) => identifier),
  };
}

/** Where the patterns of rules are: by rule, for each pattern the sorted offsets. */
function scanWindows({ fd, size, source }) {
  collector ??= createCollector(source);
  const found = new Map();
  const step = WINDOW.bytes - WINDOW.overlapBytes;
  for (let position = 0; position < size; position += step) {
    const bytes = Math.min(WINDOW.bytes, size - position);
    const margins = {
      from: position === 0 ? 0 : WINDOW.marginBytes,
      to: position + bytes >= size ? bytes : bytes - WINDOW.marginBytes,
    };
    const window = read(fd, { position, bytes });
    for (const { identifier, patterns } of scan(collector, window)) {
      collect(patterns, { found, rule: identifier, position, margins });
    }
    if (position + bytes >= size) break;
  }
  return { type: 'found', patterns: [...found].map(([rule, patterns]) => [rule, patterns.map(listed)]) };
}

function createCollector(source) {
  const compiler = new Compiler();
  compiler.addSource(source);
  return createScanner(compiler.build());
}

/** A match at the border counts in the window that shows what is around it. */
function collect(patterns, { found, rule, position, margins }) {
  const known = found.get(rule) ?? patterns.map(() => ({ offsets: new Set(), isComplete: true }));
  found.set(rule, known);
  for (const [index, { matches }] of patterns.entries()) {
    const pattern = known[index];
    if (matches.length >= collector.maxMatches) pattern.isComplete = false;
    for (const { offset, length } of matches) {
      if (offset < margins.from || offset + length > margins.to) continue;
      if (pattern.offsets.size < collector.maxMatches) pattern.offsets.add(position + offset);
      else pattern.isComplete = false;
    }
  }
}

function listed({ offsets, isComplete }) {
  return { offsets: [...offsets].sort((one, other) => one - other), isComplete };
}

function scan({ scanner }, bytes) {
  const { matches, errors = [] } = scanner.scan(bytes);
  if (errors.length > 0) throw new Error(errors.join('; '));
  return matches;
}

/** Reads as many bytes as there are, up to a number. A file of /proc has no size, so its first buffer is a guess. */
function read(fd, { position, bytes, first = bytes }) {
  if (buffer.length < first) buffer = new Uint8Array(first);
  let length = 0;
  while (length < bytes) {
    if (length === buffer.length) grow(Math.min(bytes, 2 * length));
    const count = readSync(fd, buffer, length, Math.min(buffer.length, bytes) - length, position + length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function grow(length) {
  const larger = new Uint8Array(length);
  larger.set(buffer);
  buffer = larger;
}
