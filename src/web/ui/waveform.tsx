import { useEffect, useRef } from 'react';

interface WaveformProps {
  /** Of equal parts, 0–1. */
  readonly peaks: readonly number[];
  /** How much of it has been heard, 0–1. */
  readonly heard: number;
}

/** Quiet speech is drawn as well. */
const heightMin = 0.06;

/** The shape of what is played: heard parts in full, the others faint. A picture; the time beside it says the same. */
export function Waveform({ peaks, heard }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (element === null || !context) return;
    const scale = window.devicePixelRatio;
    const width = Math.round(element.clientWidth * scale);
    const height = Math.round(element.clientHeight * scale);
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    context.clearRect(0, 0, width, height);
    context.fillStyle = getComputedStyle(element).color;
    const loudest = Math.max(0.05, ...peaks);
    const step = width / Math.max(1, peaks.length);
    for (const [index, peak] of peaks.entries()) {
      const bar = Math.max(heightMin, peak / loudest) * height;
      context.globalAlpha = (index + 0.5) / peaks.length <= heard ? 1 : 0.35;
      context.fillRect(index * step, (height - bar) / 2, Math.max(1, 0.7 * step), bar);
    }
  }, [peaks, heard]);
  return (
    <span className="waveform" aria-hidden="true">
      <canvas ref={canvas} />
    </span>
  );
}
