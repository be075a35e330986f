import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONCEPTS = 'test/fixtures/concepts.rst';

const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  .split('\0')
  .filter((file) => file !== '' && existsSync(join(ROOT, file)));
/** Every file but this one, whose citations are examples. */
const citing = tracked.filter((file) => /\.(ts|sql|md)$/.test(file) && file !== 'test/unit/spec.test.ts');
const pages = tracked.filter((file) => /^(docs\/.*|[^/]+|docker\/[^/]+)\.md$/.test(file));

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

describe('citations of the spec', () => {
  const citations = citing.flatMap((file) =>
    [...read(file).matchAll(/(?<![\w/.-])(spec\/[\w/-]+\.md|concepts\.rst)#([\w-]+)/g)].map(
      ([citation, page = '', anchor = '']) => ({ file, citation, page, anchor }),
    ),
  );

  test('every one resolves to a section that exists', () => {
    const broken = citations.filter(({ page, anchor }) => !hasAnchor(pageOf(page), anchor));
    expect(broken.map(({ file, citation }) => `${file}: ${citation}`)).toEqual([]);
  });

  test('there are some of pages, of pages in a folder, and of the concepts document', () => {
    const cited = citations.map(({ citation }) => citation);
    expect(cited).toContain('spec/action.md#signed-text');
    expect(cited).toContain('spec/modules/file.md#walking');
    expect(cited).toContain('concepts.rst#access-control-lists');
  });

  test('none names a page without its section, or a topic without its page', () => {
    const vague = citing.flatMap((file) => {
      const text = commentsOf(file, read(file));
      const pageOnly = text.matchAll(/(?<!\])\((?:spec\/[\w/-]+\.md|concepts\.rst)(?!#)/g);
      const topicOnly = text.matchAll(/(?:\(|; )(?:spec|concepts): [^)]*/g);
      return [...pageOnly, ...topicOnly].map(([citation]) => `${file}: ${citation}`);
    });
    expect(vague).toEqual([]);
  });
});

describe('every relative link resolves to a file and a section', () => {
  test.each(pages)('%s', (page) => {
    expect(linksOf(read(page)).filter((link) => !resolves(page, link))).toEqual([]);
  });
});

test('every file that a page of the spec names exists', () => {
  const named = pages
    .filter((page) => page.startsWith('docs/spec/'))
    .flatMap((page) => [...read(page).matchAll(/`((?:test|platform)\/[\w./-]+)`/g)])
    .map(([, path = '']) => path);
  expect(named).toContain('test/fixtures/concepts.rst');
  expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

test('a link to what does not exist is noticed', () => {
  expect(resolves('docs/spec/README.md', '../quirks.md')).toBe(true);
  expect(resolves('docs/spec/README.md', '#how-to-cite')).toBe(true);
  expect(resolves('docs/spec/README.md', 'quirks.md')).toBe(false);
  expect(resolves('docs/spec/README.md', 'action.md#no-such-section')).toBe(false);
});

test('anchors are those that GitHub makes', () => {
  const text = '# A `b_c`, d & e\n```\n# none\n```\n## [Twice](x.md)\n## Twice\n';
  expect([...anchorsOf('page.md', text)]).toEqual(['a-b_c-d--e', 'twice', 'twice-1']);
  const rst = '=====\nTitle\n=====\ntext\n\nCheck-In mode\n~~~~~~~~~~~~~\nno title\n~~\n';
  expect([...anchorsOf('page.rst', rst)]).toEqual(['title', 'check-in-mode']);
});

/** What a citation names: pages are named from `docs/`, the concepts document by its name alone. */
function pageOf(cited: string): string {
  return cited === 'concepts.rst' ? CONCEPTS : `docs/${cited}`;
}

/** The comments of a source file, all of a page. */
function commentsOf(file: string, text: string): string {
  if (file.endsWith('.md')) return text;
  const comment = file.endsWith('.sql') ? /--[^\n]*/g : /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return [...text.matchAll(comment)].map(([found]) => found).join('\n');
}

/** Targets of the links of a page, but for those to other sites. */
function linksOf(markdown: string): string[] {
  const prose = withoutCode(markdown).replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(ROOT, file))) return false;
  return anchor === undefined || hasAnchor(file, anchor);
}

function hasAnchor(file: string, anchor: string): boolean {
  return existsSync(join(ROOT, file)) && anchorsOf(file, read(file)).has(anchor);
}

function anchorsOf(file: string, text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const heading of file.endsWith('.rst') ? rstTitles(text) : markdownHeadings(text)) {
    const slug = slugOf(heading);
    let anchor = slug;
    for (let repeated = 1; anchors.has(anchor); repeated++) anchor = `${slug}-${repeated}`;
    anchors.add(anchor);
  }
  return anchors;
}

function markdownHeadings(text: string): string[] {
  return [...withoutCode(text).matchAll(/^#{1,6} +(.+?) *$/gm)].map(([, heading = '']) =>
    heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1'),
  );
}

/** A title is underlined by one sign, at least as long as it is. */
function rstTitles(text: string): string[] {
  const lines = text.split('\n');
  return lines.filter((line, index) => {
    const below = lines[index + 1] ?? '';
    return /^\w/.test(line) && /^([=\-~^"])\1+$/.test(below) && below.length >= line.length;
  });
}

function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^ *```[\s\S]*?^ *```/gm, '');
}
