import { createFileSink } from '../../worker/sinks/file-sink.ts';

// Writes batches of events to a file until one fails, and prints how many were written. Run with a limit for files.
const [, , file = ''] = process.argv;
const sink = createFileSink({ file, format: 'jsonl' });
let written = 0;
try {
  for (let batch = 0; batch < 1_000; batch++) {
    const events = [1, 2, 3].map((n) => ({
      id: batch * 3 + n,
      at: '2026-11-30T22:00:00Z',
      kind: 'sweep.waived',
      detail: { check: 'x'.repeat(100) },
    }));
    await sink.write(events);
    written += events.length;
  }
} catch (error) {
  const { code } = error as NodeJS.ErrnoException;
  process.stdout.write(JSON.stringify({ written, code }));
}
