/** `conformance`: tries an agent of the link. Pure. */
import { isIP } from 'node:net';
import { type CommandSpec, type Given, mistake, oneWord, type Reading, read } from './spec.ts';

export interface ConformanceCommand {
  readonly name: 'conformance';
  readonly host: string;
  readonly port: number;
  readonly talkgroup: string;
  readonly agent?: string;
  readonly token?: string;
  readonly voice: 'rtp' | 'frames';
}

export const conformanceCommand: CommandSpec<ConformanceCommand> = {
  says: '`conformance link`: try an agent of the link (docs/kinds/link.md)',
  options: {
    listen: { value: 'HOST:PORT', says: 'where the agent is to connect' },
    talkgroup: { value: 'NUMBER', says: 'talkgroup that it is asked to carry; default 5300110' },
    agent: { value: 'NAME', says: 'name that it has to give' },
    token: { value: 'TOKEN', says: 'token that it has to give' },
    voice: { value: 'rtp|frames', says: 'how voice is to come; default rtp' },
  },
  acts: ['link'],
  words: oneWord,
  read: (given, [what]) => (what === 'link' ? readConformance(given) : mistake('say what to try: conformance link')),
};

function readConformance(given: Given): Reading<ConformanceCommand> {
  const voice = given.get('voice') ?? 'rtp';
  if (voice !== 'rtp' && voice !== 'frames') return mistake('--voice must be rtp or frames');
  const [, host = '', port = ''] = /^\[?([^\]]+)\]?:([0-9]{1,5})$/.exec(given.get('listen') ?? '') ?? [];
  if (isIP(host) === 0 || Number(port) > 65_535)
    return mistake('--listen needs an address and a port such as 127.0.0.1:5870');
  const agent = given.get('agent');
  const token = given.get('token');
  return read({
    ...{ name: 'conformance', host, port: Number(port), talkgroup: given.get('talkgroup') ?? '5300110', voice },
    ...(agent !== undefined && { agent }),
    ...(token !== undefined && { token }),
  });
}
