import { globSync, readFileSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { describe, expect, it } from 'vitest';
import de from '../../src/web/i18n/de.json' with { type: 'json' };
import en from '../../src/web/i18n/en.json' with { type: 'json' };
import fr from '../../src/web/i18n/fr.json' with { type: 'json' };
import nl from '../../src/web/i18n/nl.json' with { type: 'json' };
import { readTheme, themeOf, themes } from '../../src/web/model/theme.ts';
import type { TileKind } from '../../src/web/model/tile-state.ts';
import { allSights, contrastOf, distanceOf, linearOf, luminanceOf, seenBy } from './colour-sight.ts';

const styles = globSync('src/web/styles/*.css').map((path) => ({
  path,
  css: withoutComments(readFileSync(path, 'utf8')),
}));
const tokensCss = styles.find(({ path }) => path.endsWith('/tokens.css'))?.css ?? '';
const base = tokensIn(/:root \{([^}]*)\}/);
const tokens = {
  dark: base,
  light: { ...base, ...tokensIn(/:root\[data-theme='light'\] \{([^}]*)\}/) },
  'night-red': { ...base, ...tokensIn(/:root\[data-theme='night-red'\] \{([^}]*)\}/) },
};
type Tokens = Readonly<Record<string, string>>;

function withoutComments(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\//g, '');
}

function tokensIn(block: RegExp): Tokens {
  const body = block.exec(tokensCss)?.[1] ?? '';
  return Object.fromEntries([...body.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6,8});/g)].map(([, name, hex]) => [name, hex]));
}

const grounds = ['ground', 'bar', 'surface', 'raised', 'field'];
const fills = ['receive', 'transmit', 'console', 'warn', 'refuse'];
/** What is written on what. Text colours stand on every ground, inks on fills. */
const written: readonly (readonly [text: string, ground: string])[] = [
  ...['ink', 'ink-soft', 'ink-faint', ...fills].flatMap((text) => grounds.map((ground) => [text, ground] as const)),
  ...fills.map((fill) => ['on-colour', fill] as const),
  ['on-colour', 'ink'],
  ['ink', 'raised-more'],
  ['emergency-ink', 'emergency'],
  ['emergency-ink', 'emergency-deep'],
  ['emergency-text', 'bar'],
  ['emergency-text', 'surface'],
  ...['ink', 'ink-soft', 'receive', 'transmit', 'console'].map((text) => [text, 'emergency-ground'] as const),
  ...['ink', 'ink-soft', 'warn'].map((text) => [text, 'warn-ground'] as const),
  ...['ink', 'ink-soft', 'refuse'].map((text) => [text, 'refuse-ground'] as const),
  ...['ink', 'transmit'].map((text) => [text, 'transmit-ground'] as const),
];
/** What tells a control or a state without being text. */
const drawn: readonly (readonly [line: string, ground: string])[] = [
  ...grounds.flatMap((ground) => [['line-strong', ground] as const, ['focus', ground] as const]),
  ['emergency', 'surface'],
  ['emergency-line', 'ground'],
];

describe.each(themes)('the %s theme', (theme) => {
  const hex = (name: string): string => {
    const value = tokens[theme][name];
    if (value === undefined) throw new Error(`no token ${name}`);
    return value;
  };

  it('gives every text a contrast of 4.5, and every line that tells something 3 (WCAG 2.2, 1.4.3 and 1.4.11)', () => {
    const weak = [
      ...written.filter(([text, ground]) => contrastOf(hex(text), hex(ground)) < 4.5),
      ...drawn.filter(([line, ground]) => contrastOf(hex(line), hex(ground)) < 3),
    ];
    expect(weak.map(([a, b]) => `${a} on ${b}: ${contrastOf(hex(a), hex(b)).toFixed(2)}`)).toEqual([]);
  });

  it.runIf(theme !== 'night-red')('keeps the colours of states apart for every kind of colour vision', () => {
    const states = [...fills, 'emergency'];
    const near = allSights.flatMap((sight) =>
      states.flatMap((one, index) =>
        states.slice(index + 1).flatMap((other) => {
          const [a, b] = [seenBy(sight, linearOf(hex(one))), seenBy(sight, linearOf(hex(other)))];
          const distance = distanceOf(a, b);
          return distance < 7 ? [`${one} and ${other} by ${sight}: ${distance.toFixed(1)}`] : [];
        }),
      ),
    );
    expect(near).toEqual([]);
  });
});

describe('the night-red theme', () => {
  it('spares the eyes: no blue to speak of, hardly any green, and all but the emergency darker than daylight reads', () => {
    for (const [name, value] of Object.entries(tokens['night-red'])) {
      if (name === 'veil') continue;
      const [red, green, blue] = linearOf(value);
      expect([name, blue <= 0.1, green <= 0.2 * Math.max(red, 0.01), luminanceOf([red, green, blue]) <= 0.36]).toEqual([
        name,
        true,
        true,
        true,
      ]);
    }
  });
});

describe('colours of the page', () => {
  it('are named in one file alone', () => {
    const literal = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch|color)\(|:\s*(?:white|black|red|green|blue|yellow)\b/gi;
    const found = styles
      .filter(({ path }) => !path.endsWith('/tokens.css'))
      .flatMap(({ path, css }) => [...css.matchAll(literal)].map(([text]) => `${path}: ${text}`));
    expect(found).toEqual([]);
  });

  it('stand in pairs whose contrast is computed above, wherever one rule names both', () => {
    const pairs = new Set(
      [...written, ...drawn].flatMap(([text, ground]) => [`${text} on ${ground}`, `${ground} on ${text}`]),
    );
    const used = styles.flatMap(({ path, css }) =>
      [...css.matchAll(/\{([^{}]*)\}/g)].flatMap(([, body = '']) => {
        const text = /(?:^|[;\s])color:\s*var\(--([\w-]+)\)/.exec(body)?.[1];
        const ground = /background(?:-color)?:\s*var\(--([\w-]+)\)/.exec(body)?.[1];
        if (text === undefined || ground === undefined || ground === 'state' || text === 'state') return [];
        return pairs.has(`${text} on ${ground}`) ? [] : [`${path}: ${text} on ${ground}`];
      }),
    );
    expect(used).toEqual([]);
  });
});

describe('states of a group', () => {
  const kinds = Object.keys(en.state) as TileKind[];

  it('have a word of their own in every language', () => {
    for (const words of [en.state, fr.state, nl.state, de.state])
      expect(new Set(Object.values(words)).size).toBe(kinds.length);
  });

  it('have a shape of their own', () => {
    const drawings = drawingsIn('src/web/ui/state-shape.tsx');
    expect(kinds.filter((kind) => !drawings.has(kind))).toEqual([]);
    expect(new Set(kinds.map((kind) => drawings.get(kind))).size).toBe(kinds.length);
  });
});

/** The entries of the table `shapes`, by name, as what is drawn. */
function drawingsIn(path: string): Map<string, string> {
  const source = readFileSync(path, 'utf8');
  const table = /const shapes[^=]*= (\{[\s\S]*?\n\});/.exec(source)?.[1] ?? '';
  const module = parseSync(`(${table})`, { syntax: 'typescript', tsx: true });
  const withoutPlaces = JSON.stringify(module, (key, value: unknown) => (key === 'span' ? undefined : value));
  const [statement] = (JSON.parse(withoutPlaces) as { body: { expression: { expression: Table } }[] }).body;
  const properties = statement?.expression.expression.properties ?? [];
  return new Map(properties.map(({ key, value }) => [key.value, JSON.stringify(value)]));
}

interface Table {
  readonly properties: readonly { readonly key: { readonly value: string }; readonly value: unknown }[];
}

describe('choice of a theme', () => {
  it("follows the system until the operator's own, and takes nothing unknown", () => {
    expect(themeOf(readTheme(null), true)).toBe('light');
    expect(themeOf(readTheme(null), false)).toBe('dark');
    expect(themeOf(readTheme('night-red'), true)).toBe('night-red');
    expect(readTheme('pink')).toBe('auto');
  });
});
