import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect as tlsConnect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadKey, signedAction } from '../../dev/api-caller.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { writeAgentConfig } from '../../dev/stack/agents.ts';
import { makeCertificates } from '../../dev/stack/services/certificates.ts';
import { relayOptions, relayUrl } from '../../dev/stack/services/services.ts';
import { createResources } from '../../platform/async/resources.ts';
import { agentSpec, openAgent, runAgent } from '../setup/agent-process.ts';
import { createCommander, errorsOf } from '../setup/commands.ts';
import { defined } from '../setup/defined.ts';
import { openSlot, type Slot } from '../setup/platform.ts';
import { readRpm } from '../setup/read-rpm.ts';
import { openTlsGate } from '../setup/tls-gate.ts';

/** The type of a folder in a mode. */
const S_IFDIR = 0o040000;

const resources = createResources();
const out = mkdtempSync(join(tmpdir(), 'mig-build-test-'));
const executable = join(out, 'linux-amd64', 'mig-agent');
let slot: Slot;

beforeAll(async () => {
  slot = resources.use(await openSlot());
  // Everything except names and folders is compiled in.
  const { config } = writeAgentConfig(agentSpec(slot, 'compiled'));
  writeFileSync(config, readFileSync(config, 'utf8').replace(/^ *(hostname|rundir|statedir) .*$/gm, ''));
  const args = [
    '--config',
    config,
    '--packages',
    '--trust-certs',
    '--version',
    '202611240000+0123abc.prod',
    '--out',
    out,
  ];
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'dev/build/main.ts', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(built.stderr).toBe('');
});
afterAll(async () => {
  await resources[Symbol.asyncDispose]();
  rmSync(out, { recursive: true, force: true });
});

describe('an agent with its configuration compiled in', () => {
  test('needs no files, and no file can change its keys or its ACL', async () => {
    const spec = agentSpec(slot, 'bare');
    const { runDir, stateDir } = writeAgentConfig(spec);
    const everyone = { fingerprint: slot.people.john.fingerprint, weight: 9 };
    const acl = { default: { minimumweight: 1, investigators: { john: everyone } } };
    await using relay = await openRelayClient(slot, 'scheduler', { consumeResults: true });
    await using agent = await openAgent(slot, 'bare', {
      executable,
      written: (config) => {
        rmSync(join(dirname(config), 'agentkeys'), { recursive: true });
        writeFileSync(config, `[agent]\n  rundir = "${runDir}"\n  statedir = "${stateDir}"\n`);
        writeFileSync(join(dirname(config), 'acl.cfg'), JSON.stringify(acl));
      },
    });
    const commander = createCommander(slot, relay, agent);
    await commander.expectServing();
    const id = await commander.send(
      await signedAction([await loadKey(slot.people.john)], { name: 'john' }),
      commander.nextId(),
    );
    expect(errorsOf(await relay.answerTo(id))).toContain('insufficient signatures weight (need 2, got 1)');
  });

  test('reads certificates from files, so that the CA of a relay can be rotated, but no ACL', async () => {
    const rotated = join(out, 'rotated');
    await makeCertificates(rotated);
    const { relay: own } = slot.services;
    const options = relayOptions(slot.services, 'agent', slot.name);
    const open = () => tlsConnect({ ...options, servername: own.host });
    await using gate = await openTlsGate({ certificates: rotated, open });
    const files = {
      ca: join(rotated, 'ca.crt'),
      cert: join(rotated, 'client.crt'),
      key: join(rotated, 'client.key'),
    };
    const url = relayUrl(slot.services, 'agent', slot.name).replace(/:\d+\//, `:${gate.port}/`);
    await using relay = await openRelayClient(slot, 'scheduler', { consumeResults: true });
    await using agent = await openAgent(slot, 'rotated', { executable, relayUrl: url, files });
    const commander = createCommander(slot, relay, agent);
    await commander.expectServing();
    expect(gate.accepted()).toBeGreaterThan(0);
    const signed = await signedAction([await loadKey(slot.people.john)], { name: 'john again' });
    const id = await commander.send(signed, commander.nextId());
    expect(errorsOf(await relay.answerTo(id))).toContain('insufficient signatures weight (need 2, got 1)');
  });

  test('keeps the compiled-in certificates when those of the file cannot be used', async () => {
    const files = {
      ca: join(out, 'missing'),
      cert: slot.services.relay.files.cert,
      key: join(out, 'missing'),
    };
    await using relay = await openRelayClient(slot, 'scheduler', { consumeResults: true });
    await using agent = await openAgent(slot, 'unreadable', { executable, files });
    await createCommander(slot, relay, agent).expectServing();
  });

  test('has the given version, and only its owner can read it', async () => {
    expect((await runAgent(executable, ['-V'])).stdout).toBe('202611240000+0123abc.prod\n');
    expect(statSync(executable).mode & 0o777).toBe(0o700);
  });
});

test('an executable without its settings does not start, since sources trust files', async () => {
  const forgetful = join(out, 'forgetful.ts');
  writeFileSync(forgetful, 'globalThis.MIG_BUILD = undefined;\n');
  const folder = join(out, 'forgetful');
  const args = ['--import', 'tsx', 'dev/build/main.ts', '--with', forgetful, '--out', folder];
  expect(spawnSync(process.execPath, args, { cwd: ROOT }).status).toBe(0);
  const started = await runAgent(join(folder, 'linux-amd64', 'mig-agent'), ['-m', 'example']);
  expect(started.code).toBe(1);
  expect(started.stderr).toContain('this executable was built without its settings');
});

describe('packages', () => {
  test('with a compiled-in configuration are readable by their owner only, without remains beside them', () => {
    const folder = join(out, 'linux-amd64');
    const packages = readdirSync(folder).filter((name) => name !== 'mig-agent');
    expect(packages.sort()).toEqual([
      'mig-agent-linux-amd64.tar.gz',
      'mig-agent_amd64.deb',
      'mig-agent_amd64.rpm',
    ]);
    for (const name of packages) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
  });

  test('are listed with the executable in SHA256SUMS', () => {
    const checked = spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' });
    expect(checked.stdout.trim().split('\n')).toEqual([
      'linux-amd64/mig-agent: OK',
      'linux-amd64/mig-agent-linux-amd64.tar.gz: OK',
      'linux-amd64/mig-agent_amd64.deb: OK',
      'linux-amd64/mig-agent_amd64.rpm: OK',
    ]);
  });

  test('the archive contains the executable, a sample configuration and an explanation', () => {
    const archive = join(out, 'linux-amd64', 'mig-agent-linux-amd64.tar.gz');
    const { stdout } = spawnSync('tar', ['-tzf', archive], { encoding: 'utf8' });
    expect(stdout.trim().split('\n').sort()).toEqual([
      'mig-agent/',
      'mig-agent/LICENCES',
      'mig-agent/README',
      'mig-agent/VERSION',
      'mig-agent/mig-agent',
      'mig-agent/mig-agent-report',
      'mig-agent/mig-agent.cfg.sample',
    ]);
  });

  test('after unpacking, only root can read the executable with its secrets or write any file', () => {
    const folder = join(out, 'linux-amd64');
    const listings = [
      ['tar', '-tvzf', join(folder, 'mig-agent-linux-amd64.tar.gz')],
      ['dpkg-deb', '-c', join(folder, 'mig-agent_amd64.deb')],
    ];
    for (const [program = '', ...args] of listings) {
      const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
      const files = stdout
        .trim()
        .split('\n')
        .map((line) => ({
          mode: line.slice(1, 10),
          owner: line.split(/\s+/)[1],
          path: defined(line.split(/\s+/)[5]),
        }));
      expect(new Set(files.map(({ owner }) => owner)).size).toBe(1);
      expect(files[0]?.owner).toMatch(/^(0\/0|root\/root)$/);
      expect(files.filter(({ path }) => path.endsWith('/mig-agent')).map(({ mode }) => mode)).toEqual([
        'rwx------',
      ]);
      expect(files.filter(({ mode }) => mode[4] === 'w' || mode[7] === 'w')).toEqual([]);
    }
  });

  test('the .deb installs a service that starts, stops and answers, and purge removes everything', () => {
    const deb = join(out, 'linux-amd64', 'mig-agent_amd64.deb');
    const { stdout, stderr, status } = inPrivateSystem(`
      snapshot() { find /etc /usr/sbin /usr/share/doc /var/lib/mig /var/run/mig /run /var/log/mig* 2>/dev/null | grep -v -e /etc/ld.so.cache -e '^/run/lock' | sort; }
      snapshot > "$work/before"
      dpkg -i "${deb}" >&2
      echo "installed $(mig-agent -V) $(stat -c %a /usr/sbin/mig-agent)"
      service mig-agent status
      pid=$(mig-agent -q pid)
      service mig-agent stop
      service mig-agent status; echo "status $?"
      service mig-agent start
      [ "$(mig-agent -q pid)" != "$pid" ] && echo "another process"
      mig-agent status | sed 's/pid [0-9]*/pid N/' | grep -v '^notice: '
      ls /etc/rc2.d | grep mig; ls /etc/rc0.d | grep mig
      dpkg -i "${deb}" >&2 && mig-agent -q pid > /dev/null && echo "installed over itself"
      mig-agent uninstall
      echo "installservice: $(mig-agent status | tail -1)"
      printf '[agent]\\n  installservice = on\\n[report]\\n  everyone = on\\n' > /etc/mig/mig-agent.cfg
      su -s /bin/sh nobody -c mig-agent-report || echo "closed $?"
      (umask 077; echo '{"event":"refused"}' > /var/lib/mig/report/2999-01.jsonl)
      mig-agent && mig-agent status | head -1
      su -s /bin/sh nobody -c mig-agent-report
      echo nonsense >> /etc/mig/mig-agent.cfg
      echo '7 */2 * * * root /usr/sbin/mig-agent loader -q' > /etc/cron.d/mig-loader
      dpkg --purge mig-agent >&2
      pgrep -f '^/usr/sbin/mig-agent' || echo "no process"
      snapshot | diff "$work/before" - && echo "nothing left"
    `);
    expect(`${stdout}${status === 0 ? '' : stderr}`).toMatch(
      new RegExp(
        [
          'installed 202611240000\\+0123abc.prod 700',
          'mig-agent is running with pid \\d+',
          'mig-agent stopped',
          'mig-agent is not running',
          'status 3',
          'mig-agent started',
          'another process',
          'service: installed \\(sysvinit\\)',
          'agent: running, pid N, version 202611240000\\+0123abc.prod',
          'relay: (?:not )?reached, .+',
          'S50mig-agent',
          'K02mig-agent',
          'installed over itself',
          'removed: /etc/init.d/mig-agent \\(sysvinit\\)',
          'installservice: agent: not running',
          'closed 1',
          'service: installed \\(sysvinit\\)',
          '\\{"event":"refused"\\}',
          'no process',
          'nothing left',
        ].join('\\n'),
      ),
    );
  });
});

test('the .rpm installs a service, keeps it over an upgrade, and removes it', () => {
  const unpacked = mkdtempSync(join(out, 'rpm-'));
  const { files, header } = readRpm(readFileSync(join(out, 'linux-amd64', 'mig-agent_amd64.rpm')));
  for (const { path, mode, data } of files) {
    if ((mode & S_IFDIR) !== 0) mkdirSync(join(unpacked, 'root', path), { recursive: true });
    else {
      mkdirSync(dirname(join(unpacked, 'root', path)), { recursive: true });
      writeFileSync(join(unpacked, 'root', path), data, { mode: mode & 0o777 });
    }
  }
  writeFileSync(join(unpacked, 'post'), String(header.get(1024)));
  writeFileSync(join(unpacked, 'preun'), String(header.get(1025)));
  // rpm tells a script how many versions of the package there will be.
  const { stdout, stderr, status } = inPrivateSystem(`
    rm -f /usr/bin/systemctl
    cp -a ${unpacked}/root/. /
    sh ${unpacked}/post 1 >&2
    echo "installed $(mig-agent -V)"
    pid=$(mig-agent -q pid) && echo "running"
    sh ${unpacked}/preun 1 && [ "$(mig-agent -q pid)" = "$pid" ] && echo "kept"
    sh ${unpacked}/preun 0 >&2
    mig-agent status | tail -1
  `);
  expect(`${stdout}${status === 3 ? '' : stderr}`.split('\n').slice(0, 4)).toEqual([
    'installed 202611240000+0123abc.prod',
    'running',
    'kept',
    'agent: not running',
  ]);
});

/**
 * Runs a script as root of a separate system: the same programs, but /etc, /usr, /var and /run are copies that are removed
 * at the end. The init system follows from process 1, which is not systemd in a process namespace.
 */
function inPrivateSystem(script: string) {
  const work = mkdtempSync(join(tmpdir(), 'mig-system-'));
  const setup = `
    set -e
    mount -t tmpfs tmpfs "$work"
    for folder in etc usr var run; do
      mkdir -p "$work/$folder/upper" "$work/$folder/work"
      mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$work/$folder/upper,workdir=$work/$folder/work" "/$folder"
    done
    rm -f /usr/sbin/policy-rc.d
    set +e
  `;
  const isRoot = process.getuid?.() === 0;
  const unshare = ['--mount', '--pid', '--fork', '--mount-proc', ...(isRoot ? [] : ['--map-root-user'])];
  try {
    return spawnSync('unshare', [...unshare, 'bash', '-c', `${setup}${script}`], {
      encoding: 'utf8',
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', work },
      timeout: 110_000,
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

test('one command builds every target, and SHA256SUMS lists them', { timeout: 300_000 }, () => {
  const all = mkdtempSync(join(tmpdir(), 'mig-build-all-'));
  try {
    const args = ['--all', '--version', '202611240000+0123abc.prod', '--out', all];
    const built = spawnSync(process.execPath, ['--import', 'tsx', 'dev/build/main.ts', ...args], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(built.stderr).toBe('');
    // The first bytes of an executable identify its system and processor.
    const beginning = (file: string, from: number, to: number) =>
      readFileSync(join(all, file)).subarray(from, to).toString('hex');
    expect(beginning('linux-amd64/mig-agent', 0, 4)).toBe('7f454c46');
    expect(beginning('linux-amd64/mig-agent', 18, 20)).toBe('3e00');
    expect(beginning('linux-arm64/mig-agent', 18, 20)).toBe('b700');
    expect(beginning('darwin-amd64/mig-agent', 0, 8)).toBe('cffaedfe07000001');
    expect(beginning('darwin-arm64/mig-agent', 0, 8)).toBe('cffaedfe0c000001');
    expect(beginning('windows-amd64/mig-agent.exe', 0, 2)).toBe('4d5a');
    const checked = spawnSync('sha256sum', ['-c', 'SHA256SUMS'], { cwd: all, encoding: 'utf8' });
    expect(checked.stdout.trim().split('\n')).toHaveLength(5);
    expect(checked.status).toBe(0);
  } finally {
    rmSync(all, { recursive: true, force: true });
  }
});
