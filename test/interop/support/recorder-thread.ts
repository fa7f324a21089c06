/**
 * The thread that writes recordings in a gateway that runs, ended from outside by what Node has for that: a process that
 * gets SIGUSR1 lets itself be inspected, and its threads with it. Give the gateway `inspectable` as its environment.
 */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Gateway } from './gateway.ts';
import { until } from './until.ts';

/** On a port of each process' own. */
export const inspectable = { NODE_OPTIONS: '--inspect-port=0' };

interface Reply {
  readonly method?: string;
  readonly params?: { readonly sessionId?: string; readonly workerInfo?: { readonly url: string } };
}

/** The thread ends with that code, as by an error of its own; the process does not. */
export async function endRecorderThread(gateway: Gateway, code: number): Promise<void> {
  const said = () => [...gateway.output.matchAll(/Debugger listening on (ws:\S+)/g)].map(([, url]) => url);
  if (said().length === 0) for (const pid of gateway.processes('voice-process')) process.kill(pid, 'SIGUSR1');
  await until('it lets itself be inspected', () => said().length > 0, 5000);
  const socket = new WebSocket(said().at(-1) ?? '');
  await once(socket, 'open');
  const sessions: string[] = [];
  socket.on('message', (data: Buffer) => {
    const { method, params } = JSON.parse(data.toString()) as Reply;
    if (method !== 'NodeWorker.attachedToWorker' || params?.sessionId === undefined) return;
    if (params.workerInfo?.url.includes('recording-worker') === true) sessions.push(params.sessionId);
  });
  let id = 0;
  const send = (what: string, params: object) => socket.send(JSON.stringify({ id: ++id, method: what, params }));
  send('NodeWorker.enable', { waitForDebuggerOnStart: false });
  await until('the thread is found', () => sessions.length > 0, 5000);
  const message = JSON.stringify({
    id: 1,
    method: 'Runtime.evaluate',
    params: { expression: `process.exit(${code})` },
  });
  send('NodeWorker.sendMessageToWorker', { sessionId: sessions.at(-1), message });
  await until('the thread has ended', () => gateway.output.includes(`the recorder ended with ${code}`), 5000);
  socket.close();
}
