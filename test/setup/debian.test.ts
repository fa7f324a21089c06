import { describe, expect, it } from 'vitest';
import { installCommand, missingPackages, PACKAGES } from '../../scripts/setup/debian.mjs';

describe('missing Debian packages', () => {
  it('are those that dpkg does not know, knows removed, or has half-way', () => {
    const answer = 'g++ installed\nmake config-files\npython3 half-configured\nsox not-installed\n';
    expect(missingPackages(['g++', 'make', 'python3', 'sox', 'tshark'], answer)).toEqual([
      'make',
      'python3',
      'sox',
      'tshark',
    ]);
  });

  it('are named once, however many steps need them', () => {
    expect(missingPackages([...PACKAGES.opus, ...PACKAGES.worker], '').filter((name) => name === 'g++')).toHaveLength(
      1,
    );
  });

  it('are none where all are installed, whatever else is', () => {
    expect(missingPackages(['make'], 'bash installed\nmake installed\n')).toEqual([]);
  });
});

describe('the command for a person to type', () => {
  it('asks no question and is one line', () => {
    for (const hasSudo of [true, false]) {
      const command = installCommand(['tshark', 'sox'], hasSudo);
      expect(command).toContain('DEBIAN_FRONTEND=noninteractive apt-get install -y');
      expect(command).toContain('tshark sox');
      expect(command).not.toContain('\n');
    }
  });

  it('does without sudo where there is none', () => {
    expect(installCommand(['sox'], false)).toMatch(/^su -c '.*'$/);
    expect(installCommand(['sox'], false)).not.toContain('sudo');
  });
});
