import type { ReactNode } from 'react';
import { type ShapeName, StateShape } from './state-shape.tsx';

export type Tone = 'good' | 'pending' | 'bad' | 'quiet';

interface IndicatorProps {
  readonly label: string;
  readonly tone: Tone;
  readonly shape: ShapeName;
  readonly word: string;
  readonly children?: ReactNode;
}

/** A state of the console itself: what it is about, then shape and word. */
export function Indicator({ label, tone, shape, word, children }: IndicatorProps) {
  return (
    <div className="indicator" data-tone={tone}>
      <span className="indicator-label">{label}</span>
      <span className="indicator-state">
        <StateShape name={shape} />
        <span>{word}</span>
        {children}
      </span>
    </div>
  );
}
