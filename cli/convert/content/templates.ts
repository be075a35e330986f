import type { Expression } from '../expression.ts';
import { all, any, not } from '../expression.ts';
import { fileExists, fileFound } from '../file-search.ts';
import { otherThan, TO_COMMENT, TO_END_OF_LINE } from '../regex/other-than.ts';
import { translatePcre } from '../regex/pcre.ts';
import { quoteRegex } from '../regex/quote-regex.ts';
import { packageInstalled } from './platforms.ts';
import type { Template } from './rule-text.ts';
import type { Values } from './values.ts';

type Vars = Template['vars'];
/** What a template requires, or why that cannot be translated. */
type Required = Expression | string;

/**
 * What a rule requires by its template: the same as `shared/templates/<name>/oval.template` of ComplianceAsCode decides for
 * Debian. Returns the reason in words where a check cannot say that.
 */
export function templateExpression({ name, vars }: Template, values: Values): Required {
  const build = Object.hasOwn(TEMPLATES, name) ? TEMPLATES[name] : undefined;
  return build ? build(vars, values) : `the template ${name} is not translated`;
}

const TEMPLATES: Record<string, (vars: Vars, values: Values) => Required> = {
  file_existence(vars) {
    const path = plainPath(vars.filepath);
    if (path === undefined) return 'its path is not plain';
    return vars.exists === 'true' ? fileExists(path) : not(fileExists(path));
  },
  file_permissions: (vars) => ofFiles(vars, permissionsOtherThan(vars)),
  file_owner: (vars) => ofFiles(vars, accountsOtherThan('owner', vars.uid_or_name ?? vars.fileuid)),
  file_groupowner: (vars) => ofFiles(vars, accountsOtherThan('group', vars.gid_or_name)),
  package_installed(vars) {
    if (vars.evr !== undefined && vars.evr !== '') return 'it asks for a version of the package';
    return packageName(vars.pkgname) ?? 'its package is not plain';
  },
  package_removed(vars) {
    const names = typeof vars.pkgname === 'string' ? [vars.pkgname] : (vars.pkgname ?? []);
    const packages = names.map((one) => packageName(one));
    if (packages.length === 0 || !packages.every((one) => one !== undefined))
      return 'its package is not plain';
    return all(...packages.map(not));
  },
  mount(vars) {
    const point = plainPath(vars.mountpoint);
    return point === undefined ? 'its mount point is not plain' : isMounted(point);
  },
  mount_option: mountOption,
  sshd_lineinfile: sshdLine,
  sysctl,
};

const PLAIN_PATH = /^(\/[\w.@+-]+)+\/?$/;

function plainPath(path: Vars[string] | undefined): string | undefined {
  return typeof path === 'string' && PLAIN_PATH.test(path) && !path.split('/').includes('..')
    ? path
    : undefined;
}

function packageName(name: Vars[string] | undefined): Expression | undefined {
  return typeof name === 'string' && /^[a-z0-9][a-z0-9.+-]+$/i.test(name)
    ? packageInstalled(name)
    : undefined;
}

/** The filters of module `file` that a weak file passes, or why there are none. */
type WeakFile = Partial<Parameters<typeof fileFound>[0]> | string;

const ALL_BITS = 0o7777;

function permissionsOtherThan({ filemode, allow_stricter_permissions }: Vars): WeakFile {
  if (typeof filemode !== 'string' || !/^[0-7]{3,4}$/.test(filemode)) return 'its mode is not plain';
  if (allow_stricter_permissions === 'false') return { perms: [filemode], mismatch: ['perm'] };
  const forbidden = ALL_BITS & ~Number.parseInt(filemode, 8);
  return forbidden === 0 ? 'every mode is allowed' : { perms: [`/${forbidden.toString(8)}`] };
}

function accountsOtherThan(what: 'owner' | 'group', names: Vars[string] | undefined): WeakFile {
  const accounts = typeof names === 'string' ? names.split('|') : [];
  if (accounts.length === 0 || !accounts.every((name) => /^[\w.-]+$/.test(name)))
    return 'its owner is not plain';
  return { [`${what}s`]: accounts, mismatch: [what] };
}

/** Requires that none of a rule's files is weak. A file that does not exist is none. */
function ofFiles(vars: Vars, weak: WeakFile): Required {
  if (typeof weak === 'string') return weak;
  const { filepath, file_regex, excluded_files, filepath_is_regex, recursive } = vars;
  const paths = typeof filepath === 'string' ? [filepath] : (filepath ?? []);
  if (filepath_is_regex === 'true') return 'its path is a regular expression';
  if (excluded_files !== undefined) return 'it excludes files';
  if (paths.length === 0 || !paths.every((path) => plainPath(path) !== undefined))
    return 'its path is not plain';
  if (!paths[0]?.endsWith('/')) {
    const files = paths.map((path) => not(fileFound({ paths: [path], names: ['.'], ...weak })));
    return all(...files);
  }
  if (file_regex === undefined) return 'module file does not return folders';
  const regexes = typeof file_regex === 'string' ? paths.map(() => file_regex) : file_regex;
  if (regexes.length !== paths.length) return 'it has not one regular expression for each path';
  const names = regexes.map((regex) => translatePcre(regex));
  const depth = recursive === 'true' ? {} : { maxdepth: 1 };
  const searches = paths.map((path, index) => {
    const name = names[index];
    const folder = withoutLink(path.slice(0, -1));
    return name === undefined
      ? undefined
      : not(fileFound({ paths: [folder], names: [name], ...depth, ...weak }));
  });
  return searches.every((one) => one !== undefined)
    ? all(...searches)
    : 'its regular expression is not one of RE2';
}

/** Since version 12, these folders of Debian are links into /usr, which module file does not follow. */
function withoutLink(folder: string): string {
  return folder.replace(/^\/(?=(bin|lib|lib32|lib64|libx32|sbin)(\/|$))/, '/usr/');
}

const MOUNTS = '/proc/self/mounts';
const FSTAB = '/etc/fstab';

/** The program that is asked skips the kernel's first file system. */
const FILE_SYSTEM = otherFileSystem();

function otherFileSystem(): string {
  return `${otherThan(['rootfs'], { notFirst: '\\s', longer: (characters) => `[^\\s${characters}]` })}`;
}

function isMounted(point: string): Expression {
  return fileFound({ paths: [MOUNTS], contents: [`^\\S+ ${quoteRegex(point)} ${FILE_SYSTEM}`] });
}

/** Where the mount point is in use, it has the option; where it is listed, the option is listed. */
function mountOption(vars: Vars): Required {
  const point = plainPath(vars.mountpoint);
  const { mountoption: option } = vars;
  if (point === undefined || typeof option !== 'string' || !/^\w+$/.test(option))
    return 'its mount point or option is not plain';
  if (vars.mountoption_arg_var || vars.exclude_filesystem_type) return 'it depends on more than the option';
  const path = quoteRegex(point);
  const mounted = `^\\S+ ${path} ${FILE_SYSTEM}\\S* `;
  const listed = `^\\s*[^\\s#]\\S*\\s+${path}\\s+\\S+\\s+`;
  const listedWithOption = `${listed}\\S*${option}`;
  const isMountedWithout = fileFound({
    paths: [MOUNTS],
    contents: [mounted, `!${mounted}(\\S+,)?${option}(,\\S+)? `],
  });
  const isListedWithout = fileFound({ paths: [FSTAB], contents: [`${listed}\\S`, `!${listedWithOption}`] });
  const isListedWith = fileFound({ paths: [FSTAB], contents: [listedWithOption] });
  const mustBeListed = vars.mount_has_to_exist === 'false';
  return all(not(isMountedWithout), mustBeListed ? isListedWith : not(isListedWithout));
}

/** A value that stands for itself in a regular expression, but for a dot, which two programs read differently. */
const PLAIN_VALUE = /^[\w:/@,-]+$/;

/** The server of SSH is not installed, or each line with the parameter has the value, and there is one unless none is needed. */
function sshdLine(vars: Vars, values: Values): Required {
  const { parameter, xccdf_variable: variable } = vars;
  if (typeof parameter !== 'string' || !/^\w+$/.test(parameter)) return 'its parameter is not plain';
  const value = typeof variable === 'string' ? values.valueOf(variable) : vars.value;
  if (typeof value !== 'string') return 'its value is not known';
  const accepted = /^\(([^()]+)\)$/.exec(value)?.[1]?.split('|') ?? [value];
  if (!accepted.every((one) => PLAIN_VALUE.test(one))) return 'its value is a regular expression';
  const line = `^[ \\t]*(?i:${parameter})[ \\t]+`;
  const wrong = `${line}(?:[ \\t]$|${otherThan(accepted, TO_COMMENT)})`;
  const right = `${line}(?:${accepted.map(quoteRegex).join('|')})[ \\t]*(?:#|$)`;
  const paths = ['/etc/ssh/sshd_config'];
  const isConfigured =
    vars.missing_parameter_pass === 'true'
      ? not(fileFound({ paths, contents: [wrong] }))
      : fileFound({ paths, contents: [right, `!${wrong}`] });
  return any(not(packageInstalled('openssh-server')), isConfigured);
}

/**
 * Where systemd-sysctl reads settings. ComplianceAsCode tells the files of packages in /usr/lib from those in /lib, which are
 * the same on Debian.
 */
const SYSCTL_FILES = [
  '/etc/sysctl.conf',
  '/etc/sysctl.d',
  '/run/sysctl.d',
  '/usr/local/lib/sysctl.d',
  '/usr/lib/sysctl.d',
];

/** Every file that sets the parameter sets it right, one does unless none is needed, and so does the kernel. */
function sysctl(vars: Vars, values: Values): Required {
  const { sysctlvar: name, sysctlval, operation = 'equals' } = vars;
  if (typeof name !== 'string' || !/^[a-z0-9_]+(\.[a-zA-Z0-9_]+)+$/.test(name))
    return 'its parameter is not plain';
  if (name.includes('ipv6')) return 'it has an alternative for systems without IPv6';
  if (operation !== 'equals') return `it compares by ${operation}`;
  const given =
    sysctlval === undefined || sysctlval === '' ? values.valueOf(`sysctl_${idOf(name)}_value`) : sysctlval;
  if (given === undefined) return 'its value is not known';
  const accepted = typeof given === 'string' ? [given] : given;
  const isNumber = vars.datatype === 'int';
  if (!accepted.every((value) => (isNumber ? /^\d+$/.test(value) : /^\S+$/.test(value))))
    return 'its value is not plain';
  const line = `^\\s*${name}\\s*=\\s*`;
  const files = { paths: SYSCTL_FILES, names: ['\\.conf$'], maxdepth: 1 };
  const isSet = fileFound({ ...files, contents: [`${line}\\S`] });
  const isSetWrong = fileFound({ ...files, contents: [`${line}${otherThan(accepted, TO_END_OF_LINE)}`] });
  const isActive = fileFound({
    paths: [`/proc/sys/${name.replaceAll('.', '/')}`],
    contents: [`^(?:${accepted.map(quoteRegex).join('|')})$`],
  });
  return all(
    ...(vars.missing_parameter_pass === 'true' ? [] : [isSet]),
    not(isSetWrong),
    ...(vars.check_runtime === 'false' ? [] : [isActive]),
  );
}

function idOf(name: string): string {
  return name.replaceAll(/[^\w]/g, '_');
}
