import type { z } from 'zod';
import {
  ActionView,
  AgentCount,
  AgentView,
  CommandView,
  InvestigatorView,
  ModuleView,
  PageView,
  Progress,
  RemovedEndpoint,
  SessionView,
  UpgradeRecordView,
  UpgradeView,
} from '../../contract/api-responses.ts';
import { AuditRecord } from '../../contract/audit.ts';
import { InboxEntryView, InboxNoteView } from '../../contract/inbox/entry.ts';
import { LoaderView } from '../../contract/loader.ts';
import { ManifestFile, ManifestResponse, ManifestView } from '../../contract/manifest.ts';
import { ModuleResult } from '../../contract/module-result.ts';
import { PublishedAclView } from '../../contract/published-acl.ts';
import {
  AnySweepView,
  ComplianceItem,
  FlipView,
  SweepEndpointView,
  SweepReasonView,
  SweepReport,
  SweepRunView,
  SweepState,
  WaiverView,
} from '../../contract/sweep/item.ts';

/** The names of the answers' values in the OpenAPI document, and thereby of the types that generators make. */
export const COMPONENTS: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [ActionView, 'Action'],
  [AgentCount, 'AgentCount'],
  [AgentView, 'Agent'],
  [AuditRecord, 'AuditEntry'],
  [CommandView, 'Command'],
  [ComplianceItem, 'ComplianceItem'],
  [FlipView, 'Flip'],
  [InvestigatorView, 'Investigator'],
  [LoaderView, 'Loader'],
  [ManifestFile, 'ManifestFile'],
  [ManifestResponse, 'LocatedManifest'],
  [ManifestView, 'Manifest'],
  [ModuleResult, 'ModuleResult'],
  [ModuleView, 'Module'],
  [PageView, 'Page'],
  [Progress, 'Progress'],
  [RemovedEndpoint, 'RemovedEndpoint'],
  [SessionView, 'Session'],
  [SweepEndpointView, 'SweepEndpoint'],
  [SweepReasonView, 'SweepReason'],
  [SweepReport, 'SweepReport'],
  [SweepRunView, 'SweepRun'],
  [SweepState, 'SweepState'],
  [AnySweepView, 'Sweep'],
  [InboxEntryView, 'InboxEntry'],
  [InboxNoteView, 'InboxNote'],
  [PublishedAclView, 'PublishedAcl'],
  [UpgradeRecordView, 'UpgradeRecord'],
  [UpgradeView, 'Upgrade'],
  [WaiverView, 'Waiver'],
]);
