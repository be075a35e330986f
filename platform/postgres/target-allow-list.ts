/** All that a target may be made of. What is not here is refused, whatever Postgres would make of it. */
export const NODES: ReadonlySet<string> = new Set([
  'A_ArrayExpr',
  'A_Const',
  'A_Expr',
  'A_Indices',
  'A_Indirection',
  'A_Star',
  'BoolExpr',
  'BooleanTest',
  'CaseExpr',
  'CaseWhen',
  'CoalesceExpr',
  'ColumnRef',
  'FuncCall',
  'JoinExpr',
  'List',
  'MinMaxExpr',
  'NullTest',
  'RangeFunction',
  'RangeSubselect',
  'RangeVar',
  'ResTarget',
  'RowExpr',
  'SQLValueFunction',
  'SelectStmt',
  'SortBy',
  'String',
  'SubLink',
  'TypeCast',
]);

/** Fields of a sub-select: no WITH, no INTO, no locking, no VALUES. */
export const SELECT_FIELDS: ReadonlySet<string> = new Set([
  'distinctClause',
  'targetList',
  'fromClause',
  'whereClause',
  'groupClause',
  'havingClause',
  'sortClause',
  'limitCount',
  'limitOffset',
  'limitOption',
  'op',
  'all',
  'larg',
  'rarg',
]);

/** The role decides which columns; loaders and investigators show only harmless ones. */
export const TABLES: ReadonlySet<string> = new Set([
  'actions',
  'agents',
  'agtmodreq',
  'commands',
  'invagtmodperm',
  'investigators',
  'loaders',
  'modules',
  'signatures',
]);

/** Pure functions of their arguments, and the clock. None reads files, settings, other tables or the network. */
export const FUNCTIONS: ReadonlySet<string> = new Set([
  ...['abs', 'ceil', 'ceiling', 'floor', 'mod', 'round', 'trunc'],
  ...['array_agg', 'avg', 'bool_and', 'bool_or', 'count', 'every', 'json_agg', 'max', 'min', 'string_agg', 'sum'],
  ...['array_length', 'array_position', 'array_to_string', 'cardinality', 'string_to_array', 'unnest'],
  ...['age', 'date_part', 'date_trunc', 'extract', 'justify_hours', 'make_interval', 'now', 'to_timestamp'],
  ...['clock_timestamp', 'statement_timestamp', 'timezone', 'to_char', 'to_date', 'transaction_timestamp'],
  ...['bit_length', 'btrim', 'char_length', 'concat', 'concat_ws', 'initcap', 'left', 'length', 'like', 'lower'],
  ...['ltrim', 'md5', 'octet_length', 'position', 'replace', 'reverse', 'right', 'rtrim', 'split_part', 'starts_with'],
  ...['strpos', 'substr', 'substring', 'translate', 'trim', 'upper', 'notlike', 'like_escape', 'similar_to_escape'],
  ...['regexp_match', 'regexp_matches', 'regexp_replace', 'regexp_split_to_array'],
  ...['abbrev', 'broadcast', 'family', 'host', 'hostmask', 'inet_merge', 'masklen', 'netmask', 'network', 'set_masklen'],
  ...['json_array_elements', 'json_array_elements_text', 'json_array_length', 'json_each', 'json_each_text'],
  ...['json_extract_path', 'json_extract_path_text', 'json_object_keys', 'json_typeof', 'to_json', 'to_jsonb'],
  ...['jsonb_array_elements', 'jsonb_array_elements_text', 'jsonb_array_length', 'jsonb_each', 'jsonb_each_text'],
  ...['jsonb_extract_path', 'jsonb_extract_path_text', 'jsonb_exists', 'jsonb_object_keys', 'jsonb_typeof'],
]);

export const OPERATORS: ReadonlySet<string> = new Set([
  ...['=', '<>', '!=', '<', '>', '<=', '>='],
  ...['+', '-', '*', '/', '%', '||', '^'],
  ...['~~', '!~~', '~~*', '!~~*', '~', '!~', '~*', '!~*', 'BETWEEN', 'NOT BETWEEN', 'BETWEEN SYMMETRIC'],
  ...['->', '->>', '#>', '#>>', '@>', '<@', '?', '?|', '?&', '&&'],
  ...['<<', '<<=', '>>', '>>='],
]);

export const CASTS: ReadonlySet<string> = new Set([
  ...['bool', 'bpchar', 'char', 'text', 'varchar', 'date', 'float4', 'float8', 'int2', 'int4', 'int8', 'numeric'],
  ...['interval', 'time', 'timetz', 'timestamp', 'timestamptz', 'json', 'jsonb', 'inet', 'cidr', 'macaddr'],
]);
