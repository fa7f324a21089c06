/**
 * Stands in for the voice process: answers every command with what it heard, dies or falls silent when a group's name
 * says so.
 */
import type { VoiceCommand, VoiceEvent } from '../../../../src/voice/contract.ts';

const say = (event: VoiceEvent): void => {
  process.send?.([event]);
};

let asked = 0;

process.on('message', (command: VoiceCommand) => {
  if (command.name === 'closeGroup' && command.group === 'die') process.exit(7);
  if (command.name === 'closeGroup' && command.group === 'hang') clearInterval(alive);
  if (command.name === 'requestFloor') {
    const { party, group, requestId } = command;
    say({ name: 'answer', party, group, requestId, answer: { result: 'granted', talkLimitMs: 1000 } });
  } else if (command.name === 'openMic') {
    say({ name: 'micOpened', console: command.settings.console, localPort: 4711 });
  }
  if (command.name === 'joinGroup' && command.group === 'not-yet' && ++asked < 3) {
    say({ name: 'failed', id: command.console, command: 'joinGroup', reason: JSON.stringify(command) });
    return;
  }
  // A name that asks for nothing: what a membership lacks is mended.
  const asIf = command.name === 'joinGroup' ? 'leaveGroup' : command.name;
  say({ name: 'failed', id: '', command: asIf, reason: JSON.stringify(command) });
  if (command.name === 'shutdown') process.exit(0);
});
if (process.argv.includes('--dead')) process.exit(9);
say({ name: 'ready' });
const alive = setInterval(() => say({ name: 'alive' }), 100);
