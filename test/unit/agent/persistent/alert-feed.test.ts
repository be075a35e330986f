import { expect, test } from 'vitest';
import { createAlertFeed } from '../../../../agent/persistent/alert-feed.ts';

test('alerts are sent in order, and wait while the module does not read', () => {
  const sent: string[] = [];
  let isReading = true;
  const feed = createAlertFeed((message) => {
    sent.push(message);
    return isReading;
  });
  feed.add('1');
  isReading = false;
  feed.add('2');
  feed.add('3');
  expect(sent).toEqual(['1', '2']);
  isReading = true;
  feed.pump();
  expect(sent).toEqual(['1', '2', '3']);
});

test('128 alerts may wait, and those that were not sent are handed back', () => {
  const feed = createAlertFeed(() => false);
  const accepted = Array.from({ length: 200 }, (_, index) => feed.add(String(index))).filter(Boolean);
  expect(accepted).toHaveLength(129);
  expect(feed.rest()).toHaveLength(128);
  expect(feed.rest()).toEqual([]);
});
