import { endpointParsers } from '../../fuzz/parsers.ts';
import { testParsers } from '../../setup/test-parsers.ts';

testParsers(endpointParsers());
