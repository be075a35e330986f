#!/usr/bin/env node
// Runs the TypeScript sources: `npx mig …`.
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
