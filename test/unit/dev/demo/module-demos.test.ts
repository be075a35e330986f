import { expect, test } from 'vitest';
import { demoOf } from '../../../../dev/demo/module-demos.ts';
import { allModules } from '../../../../modules/all-modules.ts';

test.each(allModules().map((module) => [module.name, module] as const))(
  'the question that shows %s can be asked',
  (_, module) => {
    const { question, args, parameters, instead } = demoOf(module);
    expect(question).not.toBe('');
    if (instead !== undefined) return;
    expect(args === undefined).not.toBe(parameters === undefined);
    const asked = args ? module.parseFlags(args) : parameters;
    expect(module.checkParameters(asked)).toBeUndefined();
  },
);
