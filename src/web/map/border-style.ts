/** How the map of the border area looks: land, water, the border, towns. Pure; colours are those of the page. */
import type { StyleSpecification } from 'maplibre-gl';

export interface MapColours {
  readonly water: string;
  readonly land: string;
  readonly landOther: string;
  readonly outline: string;
  readonly border: string;
  readonly town: string;
  readonly halo: string;
}

const font = ['Noto Sans'];

/** `language`: towns are called as there, with the other name beside where they have two. */
export function borderStyle(dataUrl: string, colours: MapColours, language: string): StyleSpecification {
  const [first, second] = language === 'nl' ? ['nl', 'fr'] : ['fr', 'nl'];
  const kind = (name: string): ['==', ['get', string], string] => ['==', ['get', 'kind'], name];
  return {
    version: 8,
    sources: { area: { type: 'geojson', data: dataUrl } },
    layers: [
      { id: 'water', type: 'background', paint: { 'background-color': colours.water } },
      {
        id: 'land',
        type: 'fill',
        source: 'area',
        filter: kind('land'),
        paint: { 'fill-color': ['match', ['get', 'country'], 'BE', colours.land, colours.landOther] },
      },
      {
        id: 'shore',
        type: 'line',
        source: 'area',
        filter: kind('land'),
        paint: { 'line-color': colours.outline, 'line-width': 0.6 },
      },
      {
        id: 'border',
        type: 'line',
        source: 'area',
        filter: kind('border'),
        layout: { 'line-join': 'round' },
        paint: { 'line-color': colours.border, 'line-width': 2.5, 'line-dasharray': [5, 2, 1, 2] },
      },
      {
        id: 'town-dots',
        type: 'circle',
        source: 'area',
        filter: kind('town'),
        paint: {
          'circle-color': colours.town,
          'circle-radius': ['interpolate', ['linear'], ['get', 'population'], 3500, 1.5, 100_000, 4],
        },
      },
      {
        id: 'towns',
        type: 'symbol',
        source: 'area',
        filter: kind('town'),
        layout: {
          'text-field': [
            'case',
            ['==', ['get', 'fr'], ['get', 'nl']],
            ['get', 'fr'],
            ['concat', ['get', first], ' / ', ['get', second]],
          ],
          'text-font': font,
          'text-size': ['interpolate', ['linear'], ['get', 'population'], 3500, 11, 100_000, 15],
          'text-anchor': 'left',
          'text-offset': [0.5, 0],
          'symbol-sort-key': ['-', ['get', 'population']],
        },
        paint: { 'text-color': colours.town, 'text-halo-color': colours.halo, 'text-halo-width': 1.5 },
      },
    ],
  };
}
