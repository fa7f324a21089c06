/**
 * The drawn map, by maplibre-gl. Loaded when somebody opens the map, so that the console itself stays small. Everything
 * it needs comes from the gateway: the worker and the data are files of the page's own, letters are those of the machine.
 */
import { AttributionControl, MapLibreMap, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import areaUrl from './border-area.geojson?url';
import { borderStyle, type MapColours } from './border-style.ts';

export interface MapPoint {
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
}

interface BorderMapOptions {
  /** Address of the site's own style; empty: the one of the page. */
  readonly style: string;
  readonly language: string;
  /** The view moved: marks take their places anew. */
  onMoved(): void;
  /** For the first time, with all that belongs to it. */
  onDrawn(): void;
  /** It cannot be drawn: the style or its data do not come. */
  onFault(): void;
}

/** Between Dunkirk and Mons, with something around. */
const bounds: [number, number, number, number] = [2.3, 50.3, 3.9, 51.2];
const boundsMax: [number, number, number, number] = [2.05, 50.15, 4.15, 51.4];
const closeZoom = 12;
const namesZoom = 10.5;

setWorkerUrl(workerUrl);

export class BorderMap {
  readonly #map: MapLibreMap;
  readonly #options: BorderMapOptions;

  /** @throws Error when this browser cannot draw. */
  constructor(container: HTMLElement, options: BorderMapOptions) {
    this.#options = options;
    const { style, language } = options;
    this.#map = new MapLibreMap({
      container,
      style: style || borderStyle(dataUrl(), coloursOf(container), language),
      bounds,
      ...(style === '' ? { maxBounds: boundsMax } : {}),
      maxZoom: style === '' ? 14 : 20,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      // Arrows choose groups and the space bar talks, here as everywhere.
      keyboard: false,
    });
    if (style !== '') this.#map.addControl(new AttributionControl({ compact: false }));
    this.#map.touchZoomRotate.disableRotation();
    // What it shows stands in the list beside it.
    this.#map.getCanvas().tabIndex = -1;
    this.#map.on('move', () => options.onMoved());
    this.#map.on('resize', () => options.onMoved());
    let drawn = false;
    this.#map.on('load', () => {
      drawn = true;
      options.onMoved();
      options.onDrawn();
    });
    // Later a piece of the site's own map may be missing; the rest stays.
    this.#map.on('error', ({ error }) => {
      console.warn('the map', error);
      if (!drawn) options.onFault();
    });
  }

  /** The page's colours or language have changed. */
  restyle(container: HTMLElement, language: string): void {
    if (this.#options.style === '') this.#map.setStyle(borderStyle(dataUrl(), coloursOf(container), language));
  }

  /** Where a place is in the container, px. */
  project({ latitudeDeg, longitudeDeg }: MapPoint): { readonly x: number; readonly y: number } {
    return this.#map.project([longitudeDeg, latitudeDeg]);
  }

  /** Near enough for the names of places. */
  get isNear(): boolean {
    return this.#map.getZoom() >= namesZoom;
  }

  show({ latitudeDeg, longitudeDeg }: MapPoint): void {
    const zoom = Math.max(this.#map.getZoom(), closeZoom);
    this.#map.jumpTo({ center: [longitudeDeg, latitudeDeg], zoom });
  }

  zoom(steps: 1 | -1): void {
    this.#map.jumpTo({ zoom: this.#map.getZoom() + steps });
  }

  showAll(): void {
    this.#map.fitBounds(bounds, { animate: false });
  }

  close(): void {
    this.#map.remove();
  }
}

function dataUrl(): string {
  return new URL(areaUrl, document.baseURI).href;
}

function coloursOf(element: HTMLElement): MapColours {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--map-${name}`).trim() || '#808080';
  return {
    water: colour('water'),
    land: colour('land'),
    landOther: colour('land-other'),
    outline: colour('outline'),
    border: colour('border'),
    town: colour('town'),
    halo: colour('halo'),
  };
}
