// Decides between a bad message and a system in trouble, for all messages of endpoints.

/** How the items of a batch are stored. */
interface BatchStore<Item, Row, Stored> {
  /** Reads an item; throws when it is bad. */
  toRow: (item: Item) => Row;
  /** Stores all rows or none. */
  store: (rows: readonly Row[]) => Promise<Stored>;
  /** Stores a harmless row and rolls back; throws while the system can store nothing. */
  probe: () => Promise<unknown>;
  /** Records the dropped items. Its errors count as the system's. */
  refuse: (refused: readonly Refused<Item, Row>[]) => Promise<void>;
}

interface Refused<Item, Row> {
  item: Item;
  /** Undefined when reading the item failed. */
  row?: Row;
  error: unknown;
}

interface Entry<Item, Row> {
  item: Item;
  row: Row;
}

/**
 * Stores the good items, and records and drops the bad ones. An item is bad when reading it throws; when it alone fails
 * in the database with an error about data; or when it alone fails while a probe succeeds. Every other error is the
 * system's: it is thrown, and the whole batch has to come again, which is harmless.
 */
export async function storeBatch<Item, Row, Stored>(
  items: readonly Item[],
  options: BatchStore<Item, Row, Stored>,
): Promise<Stored[]> {
  const refused: Refused<Item, Row>[] = [];
  const entries: Entry<Item, Row>[] = [];
  for (const item of items) {
    try {
      entries.push({ item, row: options.toRow(item) });
    } catch (error) {
      refused.push({ item, error });
    }
  }
  const stored = await storeHalving(entries, options, refused);
  if (refused.length > 0) await options.refuse(refused);
  return stored;
}

async function storeHalving<Item, Row, Stored>(
  entries: readonly Entry<Item, Row>[],
  options: BatchStore<Item, Row, Stored>,
  refused: Refused<Item, Row>[],
): Promise<Stored[]> {
  const [first] = entries;
  if (first === undefined) return [];
  try {
    return [await options.store(entries.map(({ row }) => row))];
  } catch (error) {
    if (isOfSystem(error)) throw error;
    if (!isOfData(error)) await options.probe();
    if (entries.length === 1) {
      const stored = isOfData(error) ? undefined : await storeAgain(first.row, options);
      if (stored) return [stored.value];
      refused.push({ ...first, error });
      return [];
    }
  }
  const middle = Math.ceil(entries.length / 2);
  return [
    ...(await storeHalving(entries.slice(0, middle), options, refused)),
    ...(await storeHalving(entries.slice(middle), options, refused)),
  ];
}

/** A row that fails between two successful probes is itself to blame. */
async function storeAgain<Item, Row, Stored>(
  row: Row,
  { store, probe }: BatchStore<Item, Row, Stored>,
): Promise<{ value: Stored } | undefined> {
  try {
    return { value: await store([row]) };
  } catch (error) {
    if (isOfSystem(error)) throw error;
    await probe();
    return undefined;
  }
}

/** SQLSTATE classes 21 to 23 and 54: cardinality, data, constraints, and limits of the server. */
function isOfData(error: unknown): boolean {
  return /^(2[123]|54)/.test(sqlState(error));
}

/**
 * SQLSTATE classes of connection, transaction, resources, locks, operator and disk; and errors of the network, which the
 * driver reports by code or by sentence. None of them says anything about a message, however often it comes.
 */
function isOfSystem(error: unknown): boolean {
  const code = sqlState(error);
  if (/^(08|25|40|53|55|57|58)...$/.test(code) || /^E(?!RR_)[A-Z]+$/.test(code)) return true;
  return error instanceof Error && DRIVER_SENTENCE.test(error.message);
}

const DRIVER_SENTENCE =
  /^(Connection terminated|timeout exceeded when trying to connect|Client (has encountered a connection error|was closed)|Query read timeout)/;

function sqlState(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
