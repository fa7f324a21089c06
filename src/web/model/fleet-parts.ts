/** The parts of the view of fleet data by name; what each shows: ui/fleet-parts.tsx. Pure. */
import type { FormSection } from './fleet-forms.ts';

export type FleetPartName = 'versions' | 'mapping' | 'shadows' | 'retention' | FormSection | 'edit';

export interface FleetPartProps {
  /** Which one this is. */
  readonly name: FleetPartName;
  /** To another part. */
  readonly show: (name: FleetPartName) => void;
}
