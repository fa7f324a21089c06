/** The sample agent of the link, docs/link-agent/agent.py, as its users run it; or one with a fault. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { endChild } from './end-child.ts';

const agent = join(import.meta.dirname, '../../../docs/link-agent/agent.py');
const broken = join(import.meta.dirname, 'broken_agent.py');

export class LinkAgent {
  readonly #child: ChildProcess;
  /** What it says to its user. */
  said = '';

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr?.on('data', (chunk: Buffer) => {
      this.said += chunk.toString();
    });
  }

  static start(options: readonly string[], fault?: string): LinkAgent {
    const program = fault === undefined ? [agent] : [broken, fault];
    return new LinkAgent(spawn('python3', [...program, ...options], { stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  async stop(): Promise<void> {
    await endChild(this.#child, 'SIGINT');
  }
}
