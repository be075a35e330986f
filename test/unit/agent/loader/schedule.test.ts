import { expect, test } from 'vitest';
import { describeSchedule } from '../../../../agent/loader/schedule.ts';

const OPTIONS = { executable: '/sbin/mig-agent', configFile: '/etc/mig/mig-loader.cfg', hostName: 'web1' };
const INITS = ['systemd', 'upstart', 'sysvinit', 'launchd', 'windows'] as const;

test('every init system runs the loader quietly, every two hours', () => {
  for (const init of INITS) {
    const { files } = describeSchedule(init, OPTIONS);
    const text = files
      .map(({ content }) => (typeof content === 'string' ? content : content.toString('utf16le')))
      .join('\n');
    expect(text, init).toMatch(/mig-agent[\s\S]*loader[\s\S]*-q[\s\S]*-f[\s\S]*mig-loader\.cfg/);
    expect(text, init).toMatch(/\*\/2|7200|PT2H/);
  }
});

test('the minute of the job of cron depends on the machine', () => {
  const minuteOf = (hostName: string) =>
    /^(\d+) \*\/2 \* \* \* root '\/sbin\/mig-agent' loader/m.exec(
      String(describeSchedule('sysvinit', { ...OPTIONS, hostName }).files[0]?.content),
    )?.[1];
  const minutes = new Set(Array.from({ length: 200 }, (_, i) => minuteOf(`host-${i}`)));
  expect(minutes.size).toBeGreaterThan(40);
  expect([...minutes].every((minute) => Number(minute) >= 0 && Number(minute) < 60)).toBe(true);
  expect(minuteOf('web1')).toBe(minuteOf('web1'));
});
