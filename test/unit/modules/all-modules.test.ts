import { describe, expect, test } from 'vitest';
import { printable } from '../../../contract/text/printable.ts';
import { allModules } from '../../../modules/all-modules.ts';
import { commandLine } from '../../../modules/help-text.ts';
import { isPersistent } from '../../../modules/registry.ts';

for (const module of allModules()) {
  const { name, about, flags, options, help } = module;

  describe(name, () => {
    test('its example can be typed, or sent as it is', () => {
      const { args, parameters } = about.example;
      expect(args === undefined).not.toBe(parameters === undefined);
      if (args === undefined) return expect(module.checkParameters(parameters)).toBeUndefined();
      const first = args.findIndex((word) => Object.hasOwn(flags, word.replace(/^-/, '')));
      expect(module.parseFlags(args.slice(Math.max(first, 0)))).toBeTypeOf('object');
    });

    test('its example prints what was found', () => {
      const { result } = about.example;
      expect(result.success).toBe(true);
      const lines = module.print(result, { foundOnly: true });
      if (result.foundanything) expect(lines).not.toEqual([]);
      expect(module.print(result, { foundOnly: false }).length).toBeGreaterThanOrEqual(lines.length);
    });

    test('its example prints lines without control characters, which `mig` would escape', () => {
      for (const line of module.print(about.example.result, { foundOnly: false }))
        expect(printable(line)).toBe(line);
    });

    test('its line says whether it has a half that runs as long as the agent', () => {
      expect(isPersistent(name)).toBe(module.persistent !== undefined);
    });

    test('its help describes every flag, and ends with a line to copy', () => {
      for (const flag of Object.keys(flags))
        expect(help).toMatch(new RegExp(`^ {2}-${flag}\\b.* {2}\\S`, 'm'));
      const { args } = about.example;
      if (args !== undefined) expect(help.endsWith(commandLine(name, args))).toBe(true);
    });

    test('a failed result prints its error', async () => {
      const run = await module.loadRun();
      const lines = module.print(run.failed('the reason'), { foundOnly: false });
      expect(lines.join('\n')).toContain('the reason');
    });

    test('no flag and no described parameter is named twice', () => {
      const fields = options.map(({ field }) => field);
      expect(fields).toEqual([...new Set(fields)]);
      const named = options.flatMap(({ flag }) => flag ?? []);
      expect(named).toEqual(Object.keys(flags));
    });
  });
}
