import type { ComplianceItem, SweepReport } from '../../contract/sweep/item.ts';

interface ColumnOf<Type extends string, Value> {
  name: string;
  type: Type;
  of: (item: ComplianceItem, report: SweepReport) => Value | null;
}
type TextColumn = ColumnOf<'text', string>;
/** A time of the API, as text. */
type TimeColumn = ColumnOf<'time', string>;
type IdColumn = ColumnOf<'id', number>;
export type Column = TextColumn | TimeColumn | IdColumn;

/** The columns of the formats that are tables. `waiver` has one for each of its fields. */
export const ITEM_COLUMNS: readonly Column[] = [
  id('sweep', (_, report) => report.id),
  text('check', (item) => item.check),
  text('title', (item) => item.title),
  text('reference', (item) => item.reference),
  text('level', (item) => item.level),
  text('url', (item) => item.url),
  text('expected', (item) => item.expected),
  text('agent', (item) => item.agent),
  text('queueloc', (item) => item.queueloc),
  text('status', (item) => item.status),
  text('reason', (item) => item.reason),
  id('waiver', ({ waiver }) => waiver?.id ?? null),
  text('waiverby', ({ waiver }) => waiver?.by ?? null),
  text('waiverfingerprint', ({ waiver }) => waiver?.fingerprint ?? null),
  text('waiverwhy', ({ waiver }) => waiver?.why ?? null),
  time('waiveruntil', ({ waiver }) => waiver?.until ?? null),
  text('verdict', (item) => item.verdict),
  time('since', (item) => item.since),
  id('firstfailedrun', (item) => item.firstfailedrun),
  time('changedat', (item) => item.changedat),
  id('run', (item) => item.run),
  time('checkedat', (item) => item.checkedat),
];

function text(name: string, of: TextColumn['of']): TextColumn {
  return { name, type: 'text', of };
}

function time(name: string, of: TimeColumn['of']): TimeColumn {
  return { name, type: 'time', of };
}

function id(name: string, of: IdColumn['of']): IdColumn {
  return { name, type: 'id', of };
}
