import { describe, expect, it } from 'vitest';
import { Store } from '../../src/web/app/store.ts';

function stand() {
  const frames: (() => void)[] = [];
  const store = new Store({ a: 0, b: 0 }, (draw) => void frames.push(draw));
  const drawn: number[] = [];
  const leave = store.watchFrames(() => void drawn.push(store.get().a));
  const frame = (): void => {
    for (const draw of frames.splice(0)) draw();
  };
  return { store, drawn, frames, frame, leave };
}

describe('what is drawn of a store', () => {
  it('is its last value, once a frame, however many changes there were', () => {
    const { store, drawn, frames, frame } = stand();
    for (let a = 1; a <= 50; a++) store.set({ a });
    expect(frames).toHaveLength(1);
    frame();
    expect(drawn).toEqual([50]);
    store.set({ a: 51 });
    frame();
    expect(drawn).toEqual([50, 51]);
  });

  it('is nothing where nothing has changed, and where nobody draws', () => {
    const { store, drawn, frames, frame, leave } = stand();
    store.set({ a: 0 });
    expect(frames).toEqual([]);
    store.set({ a: 1 });
    leave();
    frame();
    expect(drawn).toEqual([]);
    store.set({ a: 2 });
    expect(frames).toEqual([]);
  });

  it('is behind what watchers hear, who hear of every change at once', () => {
    const { store, drawn } = stand();
    const heard: number[] = [];
    store.watch(() => void heard.push(store.get().a));
    store.set({ a: 1 });
    store.set({ a: 2 });
    expect(heard).toEqual([1, 2]);
    expect(drawn).toEqual([]);
    expect(store.get()).toEqual({ a: 2, b: 0 });
  });
});
