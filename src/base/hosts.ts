/** Sets of addresses, such as those at which a far end's voice may be: literals and prefixes. */
import { BlockList, isIP } from 'node:net';

/** Whether an address literal is among these, each `address` or `address/bits`, as the configuration's check lets them in. */
export function amongHosts(hosts: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const host of hosts) {
    const [address = '', bits] = host.split('/');
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
