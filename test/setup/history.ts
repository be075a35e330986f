import type { WorkflowHandle } from '@temporalio/client';

/** Returns the names of a history's activities in order. Local activities leave a marker instead of a scheduled event. */
export function activityNames(history: Awaited<ReturnType<WorkflowHandle['fetchHistory']>>): string[] {
  return (history.events ?? []).flatMap((event) => {
    const scheduled = event.activityTaskScheduledEventAttributes?.activityType?.name;
    if (scheduled) return [scheduled];
    const data = event.markerRecordedEventAttributes?.details?.data?.payloads?.[0]?.data;
    if (!data) return [];
    const marker = JSON.parse(Buffer.from(data as Uint8Array).toString()) as { activity_type?: string };
    return marker.activity_type ? [marker.activity_type] : [];
  });
}
