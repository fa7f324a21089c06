/**
 * Where the labels of a map stand, so that none covers another or another's mark: the first free place beside its own
 * mark, by rank. One that finds none stands where it covers least, or is left out where that may be. Pure; in px.
 */
export interface Label {
  /** The spot that it is about. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Half the side of the mark on the spot; 0: the label itself is the mark, and stands on it if it can. */
  readonly reach: number;
  /** Another label may take its place: its mark says enough until somebody comes nearer. */
  readonly dispensable: boolean;
}

/** From the spot to the upper left corner of the label. */
export interface LabelPlace {
  readonly dx: number;
  readonly dy: number;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const gap = 3;
/** Where two stand beside each other a third and a fourth may stand above and below them. */
const rowsMax = 4;

/** One for each label, in the order given, which is that of their ranks; undefined: left out. */
export function placeLabels(labels: readonly Label[]): readonly (LabelPlace | undefined)[] {
  const marks = labels.map(markOf);
  const taken: Box[] = [];
  return labels.map((label, index) => {
    const others = marks.filter((_, other) => other !== index && (labels[other]?.reach ?? 0) > 0);
    const choices = choicesOf(label).map((place) => {
      const box = boxOf(label, place);
      return { place, box, covered: [...taken, ...others].reduce((sum, each) => sum + overlap(box, each), 0) };
    });
    const best = choices.reduce((a, b) => (b.covered < a.covered ? b : a));
    if (best.covered > 0 && label.dispensable) return undefined;
    taken.push(best.box);
    return best.place;
  });
}

/** The usual place first: beside the mark, to the right; then to the left, below, above, and farther up and down. */
function choicesOf({ width, height, reach, dispensable }: Label): readonly LabelPlace[] {
  const aside = reach + gap;
  const middle = -height / 2;
  const places = [
    { dx: aside, dy: middle },
    { dx: -aside - width, dy: middle },
    { dx: -width / 2, dy: aside },
    { dx: -width / 2, dy: -aside - height },
  ];
  // Far from its spot a sign says nothing: then rather none.
  const rows = dispensable ? 0 : rowsMax;
  for (let row = 1; row <= rows; row++) {
    const step = row * (height + gap);
    for (const dx of [aside, -aside - width]) places.push({ dx, dy: middle - step }, { dx, dy: middle + step });
  }
  return reach === 0 ? [{ dx: -width / 2, dy: middle }, ...places] : places;
}

function markOf({ x, y, reach }: Label): Box {
  return { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach };
}

function boxOf({ x, y, width, height }: Label, { dx, dy }: LabelPlace): Box {
  return { left: x + dx, top: y + dy, right: x + dx + width, bottom: y + dy + height };
}

/** Area that both cover. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}
