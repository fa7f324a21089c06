import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { helpText, readCommandLine } from '../../src/command-line.ts';

const command = (...args: string[]) => {
  const reading = readCommandLine(args);
  return reading.ok ? reading.command : reading.mistake;
};

describe('command line', () => {
  it('starts when nothing is said, and takes its options in any form', () => {
    expect(command()).toEqual({ name: 'start', noSimulator: false });
    expect(command('--no-simulator', '--config=a.yaml', '--log-level', 'debug')).toEqual({
      name: 'start',
      config: 'a.yaml',
      noSimulator: true,
      logLevel: 'debug',
    });
    expect(command('start', '--config', 'a.yaml')).toEqual({ name: 'start', config: 'a.yaml', noSimulator: false });
  });

  it('asks a gateway by its key', () => {
    const named = { name: 'status', url: 'http://127.0.0.1:8080/', key: 'state/machine-key', json: false };
    expect(command('status', '--key', 'state/machine-key')).toEqual(named);
    expect(command('proof', 'run', '--by', 'p', '--key', 'k', '--json')).toMatchObject({
      act: 'run',
      key: 'k',
      json: true,
    });
    expect(command('status', '--url', 'ftp://a')).toBe('--url must be such as http://127.0.0.1:8080/');
  });

  it('validates with or without secrets', () => {
    expect(command('validate')).toEqual({ name: 'validate', secretsRequired: true });
    expect(command('validate', '--no-secrets', '--config', 'x')).toEqual({
      name: 'validate',
      config: 'x',
      secretsRequired: false,
    });
  });

  it('backs up and restores', () => {
    expect(command('backup', '/mnt/b', '--config', 'a.yaml')).toEqual({
      name: 'backup',
      path: '/mnt/b',
      config: 'a.yaml',
    });
    expect(command('restore', 'b', '--reports=r', '--fingerprint', 'ab')).toEqual({
      ...{ name: 'restore', path: 'b', reports: 'r', fingerprint: 'ab' },
    });
    expect(command('restore')).toBe('say which folder: restore FOLDER');
    expect(command('backup', 'b', '--reports', 'r')).toBe('backup has no option --reports');
    expect(command('backup', 'a', 'b')).toBe('"b" is one word too many after backup');
  });

  it('acts on accounts', () => {
    expect(command('user', 'list')).toEqual({ name: 'user', act: 'list' });
    expect(command('user', 'add', 'lotte', '--config', 'a.yaml')).toEqual({
      name: 'user',
      act: 'add',
      person: 'lotte',
      config: 'a.yaml',
    });
    expect(command('user', 'card', 'a.pem')).toEqual({ name: 'user', act: 'card', file: 'a.pem' });
    expect(command('user', 'card')).toBe('say which: user card FILE, a certificate in PEM');
    expect(command('user', 'disable')).toBe('say whom: user disable PERSON');
    expect(command('user')).toBe('say what to do: user add, disable, reset, list or card');
    expect(command('user', 'rest', 'lotte')).toContain('Did you mean reset?');
    expect(command('user', 'list', 'lotte')).toBe('"lotte" is one word too many after user');
    expect(command('user', 'add', 'lotte', 'marc')).toBe('"marc" is one word too many after user');
  });

  it('prints the audit log of a time, or verifies it', () => {
    expect(command('audit', '--verify')).toEqual({ name: 'audit', verify: true });
    expect(command('audit', '--from', '2026-11-29T02:00Z', '--to=2026-11-29T03:00Z', '--event', 'over.ended')).toEqual({
      name: 'audit',
      verify: false,
      fromUtcMs: Date.UTC(2026, 10, 29, 2),
      toUtcMs: Date.UTC(2026, 10, 29, 3),
      event: 'over.ended',
    });
    expect(command('audit', '--about', 'H-1', '--by', 'aud-fr')).toEqual({
      ...{ name: 'audit', verify: false, about: 'H-1', by: 'aud-fr' },
    });
    expect(command('audit', '--about', 'H-1')).toBe('--about needs --by: who asks is logged');
    expect(command('audit', '--from', 'yesterday')).toBe('--from must be a time such as 2026-11-29T02:15Z');
  });

  it('exports an incident for two persons and a reason, or verifies a package', () => {
    const who = ['--reason', 'inquiry 12', '--by', 'a', '--second', 'b'];
    const asked = { name: 'export', out: 'x.zip', reason: 'inquiry 12', by: 'a', second: 'b' };
    const times = ['--from', '2026-11-29T02:00Z', '--to', '2026-11-29T03:00Z'];
    expect(command('export', 'x.zip', ...times, ...who, '--group', 'xb-acc,xb-patr')).toEqual({
      ...asked,
      fromUtcMs: Date.UTC(2026, 10, 29, 2),
      toUtcMs: Date.UTC(2026, 10, 29, 3),
      groups: ['xb-acc', 'xb-patr'],
    });
    expect(command('export', 'x.zip', '--incident', 'B1', ...who)).toEqual({ ...asked, incident: 'B1' });
    expect(command('export', ...times, ...who)).toBe('say where the package is to lie: export FILE.zip');
    expect(command('export', 'x.zip', ...who)).toBe('export needs --from and --to, or --incident');
    expect(command('export', 'x.zip', ...times, '--reason', ' ', '--by', 'a', '--second', 'b')).toBe(
      'export needs --reason',
    );
    expect(command('export', 'x.zip', '--to', '2026-11-29T02:00Z', '--from', '2026-11-29T03:00Z', ...who)).toBe(
      '--from must be before --to',
    );
    expect(command('export', 'x.zip', 'y.zip', ...times, ...who)).toContain('one word too many');
    expect(command('verify', 'x.zip')).toEqual({ name: 'verify', path: 'x.zip' });
    expect(command('verify', 'x.zip', '--fingerprint', 'ab')).toEqual({
      name: 'verify',
      path: 'x.zip',
      fingerprint: 'ab',
    });
    expect(command('verify')).toBe('say which package: verify PACKAGE');
  });

  it('edits the fleet data', () => {
    const who = ['--by', 'opo-be', '--reason', 'demande 12'];
    expect(command('fleet', 'list')).toEqual({ name: 'fleet', act: 'list' });
    expect(command('fleet', 'units')).toEqual({ name: 'fleet', act: 'units' });
    expect(command('fleet', 'shadow')).toEqual({ name: 'fleet', act: 'shadow' });
    expect(command('fleet', 'shadow', '3')).toBe('fleet shadow takes no word behind it');
    expect(command('fleet', 'export', '--config', 'x.yaml')).toEqual({
      name: 'fleet',
      config: 'x.yaml',
      act: 'export',
    });
    expect(command('fleet', 'show', '3')).toEqual({ name: 'fleet', act: 'show', version: 3 });
    const asked = { name: 'fleet', act: 'propose', path: 'x.yaml', by: 'opo-be', reason: 'demande 12', check: false };
    expect(command('fleet', 'propose', 'x.yaml', ...who)).toEqual(asked);
    expect(command('fleet', 'propose', 'x.yaml', ...who, '--from', '2026-11-29T02:00Z')).toEqual({
      ...asked,
      fromUtcMs: Date.UTC(2026, 10, 29, 2),
    });
    expect(command('fleet', 'propose', 'x.yaml', '--by', 'opo-be', '--check')).toEqual({
      ...asked,
      reason: '',
      check: true,
    });
    expect(command('fleet', 'approve', '3', '--by', 'opo-fr')).toEqual({
      name: 'fleet',
      act: 'approve',
      version: 3,
      by: 'opo-fr',
      reason: '',
    });
    expect(command('fleet')).toContain('say what to do: fleet list');
    expect(command('fleet', 'aprove', '3')).toContain('Did you mean approve?');
    expect(command('fleet', 'propose', ...who)).toBe('say which file: fleet propose FILE');
    expect(command('fleet', 'propose', 'x.yaml', '--reason', 'x')).toBe('fleet propose needs --by');
    expect(command('fleet', 'propose', 'x.yaml', '--by', 'x')).toBe('fleet propose needs --reason');
    expect(command('fleet', 'approve', ...who)).toBe('say which version: fleet approve NUMBER');
    expect(command('fleet', 'refuse', '3', '--by', 'x')).toBe('fleet refuse needs --reason');
    expect(command('fleet', 'approve', '3')).toBe('fleet approve needs --by');
    expect(command('fleet', 'list', '3')).toBe('fleet list takes no word behind it');
    expect(command('fleet', 'show', '3', '4')).toContain('one word too many');
  });

  it('makes, lists and revokes service tokens', () => {
    const create = ['create', '--for', 'be-anpr', '--scope', 'hits', '--days', '90', '--by', 'tech'];
    const token = { name: 'token', act: 'create', holder: 'be-anpr', scope: 'hits', days: 90, by: 'tech' };
    expect(command('token', ...create)).toEqual(token);
    expect(command('token', 'revoke', 't-1', '--by', 'tech', '--config', 'x')).toEqual({
      ...{ name: 'token', act: 'revoke', id: 't-1', by: 'tech', config: 'x' },
    });
    expect(command('token', 'list')).toEqual({ name: 'token', act: 'list' });
    expect(command('token')).toBe('say what to do: token create, list or revoke');
    expect(command('token', 'list', 'x')).toBe('token list takes no word behind it');
    expect(command('token', 'list', '--days', '3')).toBe('token list takes no --days');
    expect(command('token', 'list', '--by', 'x')).toBe('token list takes no --by');
    expect(command('token', 'revoke', '--by', 'x')).toContain('say which: token revoke ID');
    expect(command('token', 'revoke', 't-1')).toBe('token revoke needs --by');
    expect(command('token', 'create')).toContain('token create needs --for');
    expect(command('token', ...create, '--by', ' ')).toBe('token create needs --by');
    expect(command('token', ...create, '--scope', 'link')).toEqual({ ...token, scope: 'link' });
    expect(command('token', ...create, '--scope', 'all')).toBe('token create needs --scope hits or link');
    for (const days of ['0', '367', '1.5', 'x', ' ']) {
      expect(command('token', ...create, '--days', days)).toContain('a whole number from 1 to 366');
    }
  });

  it('tries an agent of the link', () => {
    expect(command('conformance', 'link', '--listen', '127.0.0.1:5870')).toEqual({
      name: 'conformance',
      host: '127.0.0.1',
      port: 5870,
      talkgroup: '5300110',
      voice: 'rtp',
    });
    const more = ['--agent', 'box7', '--token', 't', '--talkgroup', '7', '--voice', 'frames'];
    expect(command('conformance', 'link', '--listen', '[::1]:5870', ...more)).toEqual({
      name: 'conformance',
      host: '::1',
      port: 5870,
      agent: 'box7',
      token: 't',
      talkgroup: '7',
      voice: 'frames',
    });
  });

  it('shows help and version wherever they are asked for', () => {
    for (const args of [['--help'], ['-h'], ['start', '--help', '--wrong']])
      expect(command(...args)).toEqual({ name: 'help' });
    for (const args of [['--version'], ['-V'], ['validate', '-V']])
      expect(command(...args)).toEqual({ name: 'version' });
  });

  it.each([
    [['strat'], 'there is no command "strat". Did you mean start?'],
    [['fly'], 'there is no command "fly"'],
    [['--confg', 'x'], 'there is no option --confg. Did you mean --config?'],
    [['--nosimulator'], 'there is no option --nosimulator. Did you mean --no-simulator?'],
    [['-x'], 'there is no option -x'],
    [['validate', '--no-simulator'], 'validate has no option --no-simulator'],
    [['schema', '--config', 'x'], 'schema has no option --config'],
    [['--config'], '--config needs a FILE'],
    [['--config='], '--config needs a FILE'],
    [['--no-simulator=yes'], '--no-simulator takes no value'],
    [['--log-level', 'inf'], '--log-level must be one of trace, debug, info, warn, error. Did you mean info?'],
    [['start', 'now'], '"now" is one word too many after start'],
    [['conformance'], 'say what to try: conformance link'],
    [['conformance', 'sip'], 'say what to try: conformance link'],
    [['conformance', 'link', 'now'], '"now" is one word too many after conformance'],
    [['conformance', 'link'], '--listen needs an address and a port such as 127.0.0.1:5870'],
    [['conformance', 'link', '--listen', 'host:1'], '--listen needs an address and a port such as 127.0.0.1:5870'],
    [['conformance', 'link', '--listen', '::1:1', '--voice', 'x'], '--voice must be rtp or frames'],
    [['start', '--listen', '127.0.0.1:1'], 'start has no option --listen'],
    [['toString'], 'there is no command "toString"'],
    [['--__proto__'], 'there is no option --__proto__'],
  ])('answers %j with what is wrong and the nearest right word', (args, mistake) => {
    expect(command(...args)).toBe(mistake);
  });

  it('names every command and option in its help', () => {
    for (const word of [
      'start',
      'validate',
      'schema',
      'config-docs',
      '--config FILE',
      '--no-simulator',
      '--log-level LEVEL',
      '--no-secrets',
      'conformance',
      '--listen HOST:PORT',
      '--voice rtp|frames',
      '-h, --help',
      '-V, --version',
    ]) {
      expect(helpText()).toContain(word);
    }
  });

  it('reads any words without throwing', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('--', '-', '--config', '--=', '--config=', '-hV', '--no-help', 'start'),
    );
    fc.assert(
      fc.property(fc.array(word), (args) => {
        expect(typeof readCommandLine(args).ok).toBe('boolean');
      }),
    );
  });
});
