import { TARGET_COLUMNS } from '../../../contract/target-columns.ts';

// The allow-list of targets: everything else is refused, even what Postgres would accept.

/**
 * Limits of one target, far above what a person writes: they bound the planner's work, which a statement timeout does
 * not interrupt reliably.
 */
export const TARGET_LIMITS = {
  characters: 2048,
  nodes: 500,
  depth: 32,
  /** Nesting of sub-selects. */
  selects: 4,
  /** Tables and functions in the FROM clauses of all sub-selects. */
  fromItems: 6,
  numberCharacters: 40,
  patternCharacters: 256,
  /** Sum of all bounds `{n}` of one regular expression. */
  patternRepeats: 256,
};

/**
 * The tables that a target may name, with the columns that migreadonly may read. Only these may follow a dot:
 * Postgres reads `t.f` as the call `f(t)` when t has no column f.
 */
export const TABLES: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    'actions',
    new Set([
      'id',
      'name',
      'target',
      'description',
      'threat',
      'operations',
      'validfrom',
      'expireafter',
      'starttime',
      'finishtime',
      'lastupdatetime',
      'status',
      'syntaxversion',
      'pgpsignatures',
      'reason',
      'paused',
      'cancelledat',
      'workflowat',
      'resolvedat',
      'wakedat',
      'wakes',
      'idempotencykey',
      'bodydigest',
      'upgradeid',
    ]),
  ],
  ['agents', new Set(Object.keys(TARGET_COLUMNS))],
  ['agtmodreq', new Set(['moduleid', 'agentid', 'minimumweight'])],
  [
    'commands',
    new Set([
      'id',
      'actionid',
      'agentid',
      'queueloc',
      'status',
      'results',
      'starttime',
      'finishtime',
      'publishedat',
      'takenat',
      'returnedat',
      'topid',
    ]),
  ],
  ['invagtmodperm', new Set(['investigatorid', 'agentid', 'moduleid', 'weight'])],
  [
    'investigators',
    new Set(['id', 'name', 'pgpfingerprint', 'publickey', 'status', 'createdat', 'lastmodified']),
  ],
  ['loaders', new Set(['id', 'name', 'env', 'tags', 'expectenv', 'loadername', 'queueloc'])],
  ['modules', new Set(['id', 'name'])],
  ['signatures', new Set(['actionid', 'investigatorid', 'pgpsignature'])],
]);

/**
 * The clock, and functions of a fixed cost whose output is no longer than their input. None reads files, settings,
 * other tables or the network; none joins, repeats, replaces or collects.
 */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  'abs',
  'ceil',
  'ceiling',
  'floor',
  'round',
  'trunc',
  'array_length',
  'array_position',
  'cardinality',
  'string_to_array',
  'age',
  'clock_timestamp',
  'date_part',
  'date_trunc',
  'extract',
  'now',
  'statement_timestamp',
  'timezone',
  'to_timestamp',
  'transaction_timestamp',
  'btrim',
  'char_length',
  'left',
  'length',
  'lower',
  'ltrim',
  'md5',
  'octet_length',
  'position',
  'right',
  'rtrim',
  'split_part',
  'starts_with',
  'strpos',
  'substr',
  'substring',
  'upper',
  'abbrev',
  'broadcast',
  'family',
  'host',
  'hostmask',
  'inet_merge',
  'masklen',
  'netmask',
  'network',
  'set_masklen',
  'json_array_length',
  'json_extract_path',
  'json_extract_path_text',
  'json_typeof',
  'jsonb_array_length',
  'jsonb_exists',
  'jsonb_extract_path',
  'jsonb_extract_path_text',
  'jsonb_typeof',
]);

/**
 * Functions that return rows, for FROM only, with their columns. With at most one column the bare alias is the value.
 */
export const ROW_FUNCTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['json_array_elements', ['value']],
  ['json_array_elements_text', ['value']],
  ['json_each', ['key', 'value']],
  ['json_each_text', ['key', 'value']],
  ['json_object_keys', []],
  ['jsonb_array_elements', ['value']],
  ['jsonb_array_elements_text', ['value']],
  ['jsonb_each', ['key', 'value']],
  ['jsonb_each_text', ['key', 'value']],
  ['jsonb_object_keys', []],
]);

/** Their right side is a regular expression, which must be a constant of limited size. */
export const PATTERN_OPERATORS: ReadonlySet<string> = new Set(['~', '!~', '~*', '!~*']);

/** One side must be a literal whole number: products of long numbers take long. */
export const PRODUCT_OPERATORS: ReadonlySet<string> = new Set(['*', '/', '%']);

export const OPERATORS: ReadonlySet<string> = new Set([
  '=',
  '<>',
  '!=',
  '<',
  '>',
  '<=',
  '>=',
  '+',
  '-',
  ...PRODUCT_OPERATORS,
  ...PATTERN_OPERATORS,
  '~~',
  '!~~',
  '~~*',
  '!~~*',
  'BETWEEN',
  'NOT BETWEEN',
  'BETWEEN SYMMETRIC',
  'NOT BETWEEN SYMMETRIC',
  '->',
  '->>',
  '#>',
  '#>>',
  '@>',
  '<@',
  '?',
  '?|',
  '?&',
  '&&',
  '<<',
  '<<=',
  '>>',
  '>>=',
]);

/** Types that a value may be cast to; true: also with a modifier, which only ever shortens the value. */
export const CASTS: ReadonlyMap<string, boolean> = new Map([
  ['bool', false],
  ['bpchar', false],
  ['char', false],
  ['text', false],
  ['varchar', true],
  ['date', false],
  ['float4', false],
  ['float8', false],
  ['int2', false],
  ['int4', false],
  ['int8', false],
  ['numeric', false],
  ['interval', true],
  ['time', true],
  ['timetz', true],
  ['timestamp', true],
  ['timestamptz', true],
  ['json', false],
  ['jsonb', false],
  ['inet', false],
  ['cidr', false],
  ['macaddr', false],
]);

/** The grammar's kinds of operations that have an operator name. */
export const OPERATION_KINDS: ReadonlySet<string> = new Set([
  'AEXPR_OP',
  'AEXPR_OP_ANY',
  'AEXPR_OP_ALL',
  'AEXPR_DISTINCT',
  'AEXPR_NOT_DISTINCT',
  'AEXPR_NULLIF',
  'AEXPR_IN',
  'AEXPR_LIKE',
  'AEXPR_ILIKE',
  'AEXPR_SIMILAR',
  'AEXPR_BETWEEN',
  'AEXPR_NOT_BETWEEN',
  'AEXPR_BETWEEN_SYM',
  'AEXPR_NOT_BETWEEN_SYM',
]);

/** CURRENT_DATE and the like, not CURRENT_USER. */
export const CLOCK_VALUES: ReadonlySet<string> = new Set([
  'SVFOP_CURRENT_DATE',
  'SVFOP_CURRENT_TIME',
  'SVFOP_CURRENT_TIME_N',
  'SVFOP_CURRENT_TIMESTAMP',
  'SVFOP_CURRENT_TIMESTAMP_N',
  'SVFOP_LOCALTIME',
  'SVFOP_LOCALTIME_N',
  'SVFOP_LOCALTIMESTAMP',
  'SVFOP_LOCALTIMESTAMP_N',
]);
