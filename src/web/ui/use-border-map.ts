/** The drawn map under the marks: opened once its code has come, redrawn when language or colours change. */
import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';
import type { BorderMap } from '../map/border-map.ts';
import { placeLabels } from '../map/label-places.ts';

interface OpenedMap {
  /** Undefined until its code has come, and where it cannot be drawn. */
  readonly map: BorderMap | undefined;
  /** Land, border and towns are there. */
  readonly drawn: boolean;
  readonly fault: boolean;
}

export function useBorderMap(
  container: RefObject<HTMLDivElement | null>,
  marks: RefObject<HTMLDivElement | null>,
  style: string,
  language: string,
): OpenedMap {
  const [map, setMap] = useState<BorderMap>();
  const [drawn, setDrawn] = useState(false);
  const [fault, setFault] = useState(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another language restyles it, see below
  useEffect(() => {
    let opened: BorderMap | undefined;
    let left = false;
    const open = async (): Promise<void> => {
      const { BorderMap } = await import('../map/border-map.ts');
      const element = container.current;
      if (left || element === null) return;
      const onMoved = (): void => place(marks.current, opened);
      const onDrawn = (): void => setDrawn(true);
      opened = new BorderMap(element, { style, language, onMoved, onDrawn, onFault: () => setFault(true) });
      setMap(opened);
    };
    open().catch((error: unknown) => {
      console.warn('the map cannot be drawn', error);
      if (!left) setFault(true);
    });
    return () => {
      left = true;
      setMap(undefined);
      setDrawn(false);
      setFault(false);
      opened?.close();
    };
  }, [style]);
  useEffect(() => {
    if (map === undefined) return;
    const restyle = (): void => {
      if (container.current !== null) map.restyle(container.current, language);
    };
    restyle();
    // A theme is an attribute of the page, or the system's wish.
    const watcher = new MutationObserver(restyle);
    watcher.observe(document.documentElement, { attributes: true });
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', restyle);
    return () => {
      watcher.disconnect();
      dark.removeEventListener('change', restyle);
    };
  }, [map, language, container]);
  useLayoutEffect(() => place(marks.current, map));
  return { map, drawn, fault };
}

/** Puts every mark where its place is drawn. */
function place(marks: HTMLElement | null, map: BorderMap | undefined): void {
  if (marks === null || map === undefined) return;
  marks.setAttribute('data-near', String(map.isNear));
  // All is measured before anything is moved; units come after places in the page and before them in rank.
  const placed = [...marks.children].reverse().flatMap((mark) => {
    const label = mark.querySelector<HTMLElement>('.map-label');
    if (!(mark instanceof HTMLElement) || label === null) return [];
    // A pin stands above its spot.
    const { latitude, longitude, reach, rise, post } = mark.dataset;
    const { x, y } = map.project({ latitudeDeg: Number(latitude), longitudeDeg: Number(longitude) });
    const size = { width: label.offsetWidth, height: label.offsetHeight };
    const spot = {
      x: Math.round(x),
      y: Math.round(y) - Number(rise),
      reach: Number(reach),
      dispensable: post === 'none',
    };
    return [{ mark, label, rise: Number(rise), spot: { ...spot, ...size } }];
  });
  const places = placeLabels(placed.map(({ spot }) => spot));
  placed.forEach(({ mark, label, rise, spot }, index) => {
    const at = places[index];
    mark.style.transform = `translate(${spot.x}px, ${spot.y + rise}px)`;
    label.style.visibility = at === undefined ? 'hidden' : '';
    if (at !== undefined) label.style.transform = `translate(${Math.round(at.dx)}px, ${Math.round(at.dy - rise)}px)`;
  });
}
