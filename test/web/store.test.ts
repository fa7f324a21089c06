import { describe, expect, it } from 'vitest';
import { Store } from '../../src/web/app/store.ts';

function stand() {
  const frames: (() => void)[] = [];
  const store = new Store({ a: 0, b: 0 }, (then) => void frames.push(then));
  const drawn: number[] = [];
  const leave = store.watchFrames(() => void drawn.push(store.get().a));
  const frame = (): void => {
    for (const then of frames.splice(0)) then();
  };
  return { store, drawn, frames, frame, leave };
}

describe('what is drawn of a store', () => {
  it('is a change at once, and of many that follow the last, a frame later', () => {
    const { store, drawn, frames, frame } = stand();
    for (let a = 1; a <= 50; a++) store.set({ a });
    expect(drawn).toEqual([1]);
    frame();
    expect(drawn).toEqual([1, 50]);
    store.set({ a: 51 });
    expect(drawn).toEqual([1, 50]);
    frame();
    frame();
    expect(drawn).toEqual([1, 50, 51]);
    expect(frames).toEqual([]);
    store.set({ a: 52 });
    expect(drawn).toEqual([1, 50, 51, 52]);
  });

  it('is nothing where nothing has changed, and where nobody looks', () => {
    const { store, drawn, frames, leave } = stand();
    store.set({ a: 0 });
    expect(frames).toEqual([]);
    leave();
    store.set({ a: 1 });
    expect(drawn).toEqual([]);
  });

  it('is behind what watchers hear, who hear of every change at once', () => {
    const { store, drawn } = stand();
    const heard: number[] = [];
    store.watch(() => void heard.push(store.get().a));
    for (const a of [1, 2, 3]) store.set({ a });
    expect(heard).toEqual([1, 2, 3]);
    expect(drawn).toEqual([1]);
    expect(store.get()).toEqual({ a: 3, b: 0 });
  });
});
