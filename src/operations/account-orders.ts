/**
 * What system administrators do with the accounts of others: whose word it needs. Pure.
 *
 * A leaver is disabled by one alone, since that takes and gives nobody anything. A link by which somebody sets a new
 * password lets in whoever has it: one asks for it, another gives it and is shown it (four eyes), and neither has it alone.
 * Nobody acts on his own account here, so that somebody is always left who can let him in again.
 */
import { defaultPermissions, type PermissionMatrix } from './permissions.ts';
import type { Person, PersonId } from './terms.ts';

export interface LinkOrder {
  /** Who shall set a new password. */
  readonly person: PersonId;
  readonly by: Person;
  readonly untilUtcMs: number;
}

export type LinkOrders = ReadonlyMap<PersonId, LinkOrder>;

export type AccountRefusal =
  | 'may-not-edit'
  /** It is his own. */
  | 'own-account'
  /** Nobody of that name. */
  | 'nobody'
  /** Nobody has asked for it, or too long ago. */
  | 'not-asked'
  /** He has asked for it himself: somebody else has to give it. */
  | 'asked-by-you'
  | 'too-many-orders';

export interface AccountAct {
  readonly name: 'disable' | 'ask' | 'give';
  readonly by: Person;
  readonly person: PersonId;
}

/** An order that nobody has given waits so long. */
const orderMs = 24 * 3_600_000;
const ordersMax = 100;

/** Whether he sees who has an account. */
export function mayActOnAccounts({ role }: Person, matrix: PermissionMatrix = defaultPermissions): boolean {
  const right = matrix.edit_users_roles[role];
  return right === 'allow' || right === 'four-eyes';
}

/** Orders as they are then, or why it is not done. Total. */
export function actOnAccount(
  orders: LinkOrders,
  { name, by, person }: AccountAct,
  utcMs: number,
  matrix: PermissionMatrix = defaultPermissions,
): { readonly orders: LinkOrders; readonly refusal?: AccountRefusal } {
  const open = openOrders(orders, utcMs);
  const refused = (refusal: AccountRefusal) => ({ orders: open, refusal });
  if (!mayActOnAccounts(by, matrix)) return refused('may-not-edit');
  if (by.person === person) return refused('own-account');
  const others = new Map(open);
  others.delete(person);
  if (name === 'disable') return { orders: others };
  if (name === 'ask') {
    if (others.size >= ordersMax) return refused('too-many-orders');
    return { orders: others.set(person, { person, by, untilUtcMs: utcMs + orderMs }) };
  }
  const order = open.get(person);
  if (order === undefined) return refused('not-asked');
  if (matrix.edit_users_roles[by.role] === 'four-eyes' && order.by.person === by.person) return refused('asked-by-you');
  return { orders: others };
}

export function openOrders(orders: LinkOrders, utcMs: number): LinkOrders {
  return new Map([...orders].filter(([, { untilUtcMs }]) => untilUtcMs > utcMs));
}
