import { expect, test } from 'vitest';
import { renderRooms } from '../../../../dev/docs/folders.ts';
import type { Import } from '../../../../dev/docs/imports.ts';

const importOf = (file: string, target: string, isTypeOnly = false): Import => ({
  file,
  target,
  isTypeOnly,
  isDynamic: false,
});
const arrows = (...imports: Import[]) =>
  renderRooms(imports, 'x')
    .split('\n')
    .filter((line) => line.includes('->'))
    .map((line) => line.trim());

test('an arrow that a longer path implies is left out', () => {
  expect(
    arrows(
      importOf('x/a/1.ts', 'x/b/1.ts'),
      importOf('x/b/1.ts', 'x/c/1.ts'),
      importOf('x/a/2.ts', 'x/c/1.ts'),
    ),
  ).toEqual(['a --> b', 'b --> c']);
});

test('an import of types only is dotted, and implies no import at run time', () => {
  expect(
    arrows(
      importOf('x/a/1.ts', 'x/b/1.ts', true),
      importOf('x/b/1.ts', 'x/c/1.ts'),
      importOf('x/a/2.ts', 'x/c/1.ts'),
    ),
  ).toEqual(['a -.-> b', 'a --> c', 'b --> c']);
});

test('packages, other folders and imports within a room have no arrow, and a loose file is a node', () => {
  expect(
    arrows(
      importOf('x/main.ts', 'x/a/1.ts'),
      importOf('x/a/1.ts', 'x/a/2.ts'),
      importOf('x/a/1.ts', 'zod'),
      importOf('y/a/1.ts', 'x/a/1.ts'),
    ),
  ).toEqual(['main_ts --> a']);
});
