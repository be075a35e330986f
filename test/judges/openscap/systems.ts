import type { Subjects } from './subjects.ts';

/** A changed copy of this machine, and the script that changes it. */
export interface System {
  name: string;
  /** For `sh -e`, with the copy as its root. */
  changes: string;
  /** Whether the rules that read whole trees are judged there, too. They take a minute. */
  readsTrees?: boolean;
  /** Whether settings that must be numbers are other texts there. */
  lacksNumbers?: boolean;
}

/** The machine as it is, and copies that comply, do not, and are odd. */
export function systemsOf(subjects: Subjects): System[] {
  const on = [NO_CONTAINER, packages([...subjects.packages, 'linux-base'])].join('\n');
  return [
    { name: 'as it is', changes: ':', readsTrees: true },
    { name: 'weak libraries', changes: [on, WEAK_LIBRARIES].join('\n'), readsTrees: true },
    { name: 'all packages', changes: on },
    {
      name: 'no packages',
      changes: `${NO_CONTAINER}\nsed -i 's/^Status: install ok installed/Status: deinstall ok config-files/' ${STATUS}\n${packages(['linux-base'])}`,
    },
    ...['0', '1', '2', '60'].map((value) => ({
      name: `settings are ${value}`,
      changes: [on, sysctls(subjects, value, true), sshd(subjects, value)].join('\n'),
    })),
    ...['yes', 'no', 'VERBOSE', 'INFO'].map((value) => ({
      name: `settings are ${value}`,
      changes: [on, sysctls(subjects, '1', false), sshd(subjects, value)].join('\n'),
      lacksNumbers: true,
    })),
    { name: 'odd settings', changes: [on, oddSettings(subjects)].join('\n'), lacksNumbers: true },
    {
      name: 'settings that contradict',
      changes: [on, contradictions(subjects)].join('\n'),
      lacksNumbers: true,
    },
    ...['0000', '0400', '0600', '0640', '0644', '0755', '4777'].map((mode) => ({
      name: `files have mode ${mode}`,
      changes: [on, files(subjects, `chmod ${mode}`)].join('\n'),
    })),
    ...['0:42', '1:1', '65534:4'].map((owner) => ({
      name: `files belong to ${owner}`,
      changes: [on, files(subjects, `chown ${owner}`)].join('\n'),
    })),
    { name: 'files are missing', changes: [on, removed(subjects)].join('\n') },
    ...['defaults', 'nodev,nosuid,noexec', 'rw,nodevices,noexec'].map((options) => ({
      name: `mounts with ${options}`,
      changes: [on, mounts(subjects, options)].join('\n'),
    })),
    { name: 'listed mounts', changes: [on, fstab(subjects, 'defaults,nodev,noexec,nosuid')].join('\n') },
    { name: 'listed mounts without options', changes: [on, fstab(subjects, 'defaults')].join('\n') },
  ];
}

const STATUS = '/var/lib/dpkg/status';
const WEAK_LIBRARIES =
  'mkdir -p /usr/lib/judge/inner; for each in a b; do : > /usr/lib/judge/inner/$each; done\n' +
  'chmod 666 /usr/lib/judge/inner/a; chown 1:1 /usr/lib/judge/inner/b';
const NO_CONTAINER = 'rm -f /.dockerenv /run/.containerenv';
const SSHD = '/etc/ssh/sshd_config';

function packages(names: readonly string[]): string {
  const stanza = (name: string) =>
    `Package: ${name}\nStatus: install ok installed\nPriority: optional\nSection: misc\nInstalled-Size: 1\n` +
    `Maintainer: judge <judge@example.net>\nArchitecture: all\nVersion: 1.0-1\nDescription: judge\n`;
  // A package that is installed already is left as it is, and one that was removed gets a second entry, which counts.
  return names
    .map(
      (name) =>
        `grep -xA1 'Package: ${name}' ${STATUS} | grep -q ' installed$' || cat >> ${STATUS} <<'END'\n\n${stanza(name)}\nEND`,
    )
    .join('\n');
}

function sysctls({ sysctls: names }: Subjects, value: string, isActive: boolean): string {
  const lines = names.map((name) => `${name} = ${value}`);
  const active = names.map((name) => {
    const path = `/proc/sys/${name.replaceAll('.', '/')}`;
    return `if [ -e ${path} ]; then mount --bind /run/judge-value ${path}; fi`;
  });
  return [
    write('/etc/sysctl.d/zz-judge.conf', lines),
    write('/run/judge-value', [value]),
    ...(isActive ? active : []),
  ].join('\n');
}

function sshd({ sshd: parameters }: Subjects, value: string): string {
  return write(
    SSHD,
    parameters.map((parameter) => `${parameter} ${value}`),
  );
}

/** Comments, blanks, other cases, values that begin like the right ones, lines without a value. */
function oddSettings({ sshd: parameters, sysctls: names }: Subjects): string {
  const forms = [
    '$ no # a comment',
    '\t $\t yes  ',
    '# $ no',
    '$ noes',
    '$  ',
    '$ n',
    '$ # no',
    '$ INFO#x',
    '$ NO',
  ];
  const line = (name: string, index: number) => (forms[index % forms.length] ?? '').replace('$', name);
  const settings = ['$=1', '  $  =  0  ', '# $ = 1', '$ = 10', '$ = 1 1', '; $ = 0', '$\t=\t2'];
  const setting = (name: string, index: number) =>
    (settings[index % settings.length] ?? '').replace('$', name);
  return [
    write(
      SSHD,
      parameters.map((name, index) => line(index % 2 === 0 ? name : name.toUpperCase(), index)),
    ),
    write('/etc/sysctl.conf', names.map(setting)),
    'mkdir -p /run/sysctl.d /etc/sysctl.d/folder.conf',
    write(
      '/run/sysctl.d/other',
      names.map((name) => `${name} = 9`),
    ),
    write(
      '/etc/sysctl.d/folder.conf/inner.conf',
      names.map((name) => `${name} = 9`),
    ),
  ].join('\n');
}

/** One file says this, another that; a right line and a wrong one. */
function contradictions({ sshd: parameters, sysctls: names }: Subjects): string {
  return [
    write(
      SSHD,
      parameters.flatMap((name) => [`${name} no`, `${name} yes`]),
    ),
    'mkdir -p /run/sysctl.d /usr/local/lib/sysctl.d',
    write(
      '/run/sysctl.d/10.conf',
      names.map((name) => `${name} = 1`),
    ),
    write(
      '/usr/lib/sysctl.d/10-judge.conf',
      names.map((name) => `${name} = 0`),
    ),
  ].join('\n');
}

function files({ files: paths, folders }: Subjects, change: string): string {
  return [
    ...paths.map((path) => `mkdir -p "$(dirname ${path})"; [ -e ${path} ] || : > ${path}; ${change} ${path}`),
    ...folders.map((folder) => `mkdir -p ${folder}; find ${folder} -maxdepth 1 -type f -exec ${change} {} +`),
  ].join('\n');
}

function removed({ files: paths }: Subjects): string {
  // Without accounts and packages, both programs could not run.
  const kept = ['/etc/passwd', '/etc/group'];
  return [...paths.filter((path) => !kept.includes(path)), SSHD, '/etc/fstab']
    .map((path) => `rm -f ${path}`)
    .join('\n');
}

/** A mount there would hide what the programs need. */
const NEEDED = /^\/(|tmp|usr|var|boot|root|dev\/?.*|proc\/?.*|sys\/?.*)$/;

function mounts({ mountPoints }: Subjects, options: string): string {
  const known = options.replace('nodevices,', '');
  const mountable = mountPoints.filter((point) => !NEEDED.test(point));
  const lines = mountPoints.map((point) => `judge ${point} tmpfs ${options} 0 0`);
  return [
    write('/etc/fstab', lines),
    ...mountable.map((point) => `mkdir -p ${point}; mount -t tmpfs -o ${known} judge ${point}`),
  ].join('\n');
}

function fstab({ mountPoints }: Subjects, options: string): string {
  const lines = mountPoints.map((point, index) =>
    index % 3 === 0 ? `#judge ${point} tmpfs ${options} 0 0` : `  judge\t${point}  tmpfs ${options} 0 0`,
  );
  return write('/etc/fstab', lines);
}

function write(path: string, lines: readonly string[]): string {
  return `mkdir -p "$(dirname ${path})"\ncat > ${path} <<'END'\n${lines.join('\n')}\nEND`;
}
