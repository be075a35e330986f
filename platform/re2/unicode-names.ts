import { rewriteTokens } from './tokens.ts';

// The names of Go 1.26 (Unicode 15), whose syntax MIG's patterns have. Case, blanks, `_` and `-` do not matter.
const CATEGORIES =
  'C Cc Cf Cn Co Cs L LC Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs Any Assigned';
const ALIASES =
  'Cased_Letter=LC Close_Punctuation=Pe Combining_Mark=M Connector_Punctuation=Pc Control=Cc Currency_Symbol=Sc ' +
  'Dash_Punctuation=Pd Decimal_Number=Nd Enclosing_Mark=Me Final_Punctuation=Pf Format=Cf Initial_Punctuation=Pi ' +
  'Letter=L Letter_Number=Nl Line_Separator=Zl Lowercase_Letter=Ll Mark=M Math_Symbol=Sm Modifier_Letter=Lm ' +
  'Modifier_Symbol=Sk Nonspacing_Mark=Mn Number=N Open_Punctuation=Ps Other=C Other_Letter=Lo Other_Number=No ' +
  'Other_Punctuation=Po Other_Symbol=So Paragraph_Separator=Zp Private_Use=Co Punctuation=P Separator=Z ' +
  'Space_Separator=Zs Spacing_Mark=Mc Surrogate=Cs Symbol=S Titlecase_Letter=Lt Unassigned=Cn Uppercase_Letter=Lu ' +
  'cntrl=Cc digit=Nd punct=P';
const SCRIPTS =
  'Adlam Ahom Anatolian_Hieroglyphs Arabic Armenian Avestan Balinese Bamum Bassa_Vah Batak Bengali Bhaiksuki ' +
  'Bopomofo Brahmi Braille Buginese Buhid Canadian_Aboriginal Carian Caucasian_Albanian Chakma Cham Cherokee ' +
  'Chorasmian Common Coptic Cuneiform Cypriot Cypro_Minoan Cyrillic Deseret Devanagari Dives_Akuru Dogra ' +
  'Duployan Egyptian_Hieroglyphs Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati ' +
  'Gunjala_Gondi Gurmukhi Han Hangul Hanifi_Rohingya Hanunoo Hatran Hebrew Hiragana Imperial_Aramaic ' +
  'Inherited Inscriptional_Pahlavi Inscriptional_Parthian Javanese Kaithi Kannada Katakana Kawi Kayah_Li ' +
  'Kharoshthi Khitan_Small_Script Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Linear_A Linear_B Lisu ' +
  'Lycian Lydian Mahajani Makasar Malayalam Mandaic Manichaean Marchen Masaram_Gondi Medefaidrin ' +
  'Meetei_Mayek Mende_Kikakui Meroitic_Cursive Meroitic_Hieroglyphs Miao Modi Mongolian Mro Multani Myanmar ' +
  'Nabataean Nag_Mundari Nandinagari New_Tai_Lue Newa Nko Nushu Nyiakeng_Puachue_Hmong Ogham Ol_Chiki ' +
  'Old_Hungarian Old_Italic Old_North_Arabian Old_Permic Old_Persian Old_Sogdian Old_South_Arabian ' +
  'Old_Turkic Old_Uyghur Oriya Osage Osmanya Pahawh_Hmong Palmyrene Pau_Cin_Hau Phags_Pa Phoenician ' +
  'Psalter_Pahlavi Rejang Runic Samaritan Saurashtra Sharada Shavian Siddham SignWriting Sinhala Sogdian ' +
  'Sora_Sompeng Soyombo Sundanese Syloti_Nagri Syriac Tagalog Tagbanwa Tai_Le Tai_Tham Tai_Viet Takri Tamil ' +
  'Tangsa Tangut Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Warang_Citi ' +
  'Yezidi Yi Zanabazar_Square';

const NAMES: ReadonlyMap<string, string> = new Map([
  ...`${CATEGORIES} ${SCRIPTS}`.split(' ').map((name): [string, string] => [fold(name), name]),
  ...ALIASES.split(' ').map((alias): [string, string] => {
    const [name = '', category = ''] = alias.split('=');
    return [fold(name), category];
  }),
]);

/** Replaces the name in each `\p{…}` by the one that RE2JS knows. Throws Go's message for a name that Go does not know. */
export function withGoUnicodeNames(source: string): string {
  if (!/\\[pP]/.test(source)) return source;
  return rewriteTokens(source, (token, isInClass) =>
    /^\\[pP]./u.test(token) ? unicodeClass(token, isInClass) : token,
  );
}

function unicodeClass(token: string, isInClass: boolean): string {
  const [, letter, caret, longName, shortName] = /^\\([pP])(?:\{(\^?)([^}]*)\}|(.))$/u.exec(token) ?? [];
  const name = longName ?? shortName ?? '';
  const isNegated = (letter === 'P') !== (caret === '^');
  if (fold(name) === 'ascii') return asciiClass(isNegated, isInClass);
  const known = NAMES.get(fold(name));
  if (known === undefined)
    throw new Error(`error parsing regexp: invalid character class range: \`${token}\``);
  return `\\${isNegated ? 'P' : 'p'}{${known}}`;
}

function asciiClass(isNegated: boolean, isInClass: boolean): string {
  const ranges = isNegated ? '\\x{80}-\\x{10FFFF}' : '\\x00-\\x7F';
  return isInClass ? ranges : `[${ranges}]`;
}

function fold(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a name with other than ASCII characters equals no known name
  return /^[\x00-\x7f]*$/.test(name) ? name.toLowerCase().replace(/[ _-]/g, '') : '\0';
}
