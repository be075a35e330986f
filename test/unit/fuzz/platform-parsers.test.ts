import { platformParsers } from '../../fuzz/parsers.ts';
import { testParsers } from '../../setup/test-parsers.ts';

testParsers(platformParsers());
